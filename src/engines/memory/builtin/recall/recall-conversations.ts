interface Placed {
  memory: { id: string; sessionId: string | null };
  /** In milliseconds of the epoch. */
  saidAt: number;
}

/** What was brought in without a session belongs together where no more time lies between: it came in one go … */
const GAP_KEPT_MS = 60_000;
/** … and was said at one time. */
const GAP_SAID_MS = 12 * 3600 * 1000;
/** A few sentences that somebody keeps by hand are no conversation. */
const LEAST_RUN = 12;

/** The places of what was said in each conversation, in its order. Memories come in the order in which they were kept. */
export function conversationsOf(memories: readonly Placed[]): number[][] {
  const sessions = new Map<string, number[]>();
  const kept: number[] = [];
  memories.forEach(({ memory: { sessionId } }, at) => {
    if (sessionId === null) {
      kept.push(at);
      return;
    }
    const session = sessions.get(sessionId);
    if (session === undefined) sessions.set(sessionId, [at]);
    else session.push(at);
  });
  return [...sessions.values(), ...importsOf(runsOf(kept, memories), memories)];
}

/** Of what was kept without a session, what was kept and said in one go. */
function runsOf(kept: readonly number[], memories: readonly Placed[]): number[][] {
  const runs: number[][] = [];
  kept.forEach((at, index) => {
    const before = kept[index - 1];
    if (before !== undefined && isOneRun(memories[before], memories[at])) runs.at(-1)?.push(at);
    else runs.push([at]);
  });
  return runs;
}

/** Runs that belong to one import are long together, also where each was said on a day of its own. */
const importsOf = (runs: readonly number[][], memories: readonly Placed[]): number[][] => {
  const isImport = runs.map((run) => run.length >= LEAST_RUN);
  return runs.filter((run, at) => {
    if (isImport[at]) return true;
    const before = runs[at - 1];
    return (
      before !== undefined && isImport[at - 1] && isKeptTogether(memories[before.at(-1) ?? 0], memories[run[0] ?? 0])
    );
  });
};

const isOneRun = (one: Placed | undefined, other: Placed | undefined) =>
  isKeptTogether(one, other) && Math.abs((one?.saidAt ?? 0) - (other?.saidAt ?? 0)) <= GAP_SAID_MS;

const isKeptTogether = (one: Placed | undefined, other: Placed | undefined) =>
  one !== undefined && other !== undefined && Math.abs(keptAt(one.memory.id) - keptAt(other.memory.id)) <= GAP_KEPT_MS;

/** The first 48 bits of a time-ordered UUID are milliseconds. */
const keptAt = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
