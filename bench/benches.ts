/** One bench of `npm run bench`, in the order of the runs. */
export interface Bench {
  name: string;
  script: string;
  args?: string[];
  /** Only with `--full`. */
  fullOnly?: boolean;
  wantsServices?: boolean;
  /** Size on the embedded database, which fills slowly. */
  embedded?: Record<string, string>;
  /** Longest a short run may take; full ones may take twenty times as long. */
  minutes: number;
}

export const BENCHES: readonly Bench[] = [
  { name: 'start', script: 'start.ts', minutes: 3 },
  { name: 'chat', script: 'chat.ts', minutes: 10 },
  { name: 'traces', script: 'traces.ts', minutes: 4 },
  { name: 'context', script: 'context.ts', minutes: 3 },
  { name: 'sse', script: 'sse.ts', minutes: 10 },
  { name: 'sockets', script: 'sockets.ts', minutes: 6 },
  { name: 'voice', script: 'voice.ts', minutes: 8 },
  { name: 'voice-sequence', script: 'voice.ts', args: ['--calls', '2000'], fullOnly: true, minutes: 3 },
  { name: 'rtp', script: 'rtp.ts', minutes: 5 },
  { name: 'writeback', script: 'writeback.ts', wantsServices: true, minutes: 6 },
  { name: 'memory', script: 'memory.ts', embedded: { USERS: '20' }, minutes: 8 },
  { name: 'recall', script: 'recall.ts', minutes: 5 },
  { name: 'knowledge', script: 'knowledge.ts', embedded: { PIECES: '5000' }, minutes: 6 },
  { name: 'keys', script: 'keys.ts', minutes: 8 },
  { name: 'soak', script: 'soak.ts', minutes: 8 },
];

export interface Wish {
  benches: Bench[];
  isFull: boolean;
  /** For the one bench that is named. */
  args: string[];
}

/** What the words after `npm run bench --` ask for; throws what is wrong with them. */
export function wishOf(words: readonly string[]): Wish {
  const isFull = words.includes('--full');
  const rest = words.filter((word) => word !== '--full');
  const firstOption = rest.findIndex((word) => word.startsWith('-'));
  const names = firstOption === -1 ? rest : rest.slice(0, firstOption);
  const args = firstOption === -1 ? [] : rest.slice(firstOption);
  const unknown = names.find((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown !== undefined) {
    throw new Error(`There is no bench "${unknown}". There are: ${BENCHES.map(({ name }) => name).join(', ')}.`);
  }
  if (args.length > 0 && names.length !== 1) throw new Error(`${args.join(' ')} belongs to one bench: name it.`);
  const benches = BENCHES.filter(({ name, fullOnly }) =>
    names.length > 0 ? names.includes(name) : isFull || !fullOnly,
  );
  return { benches, isFull, args };
}
