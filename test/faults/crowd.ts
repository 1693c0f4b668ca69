import { newSession } from '../factories/conversation.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { rememberedHere, sentence } from '../setup/talkers.js';

const TURNS_A_SESSION = 25;
/** Longer than any answer may take: what takes longer hangs. */
const HANGING_MS = 45_000;
/** Between a turn that was refused and the next, as a person would wait. */
const REST_MS = 100;

/** A turn that was not answered. */
export interface Refusal {
  /** The error's code; `broken` where the connection broke, `hung` where nothing came. */
  code: string;
  status: number;
  ms: number;
  at: number;
}

/** What is remembered of what everybody told. */
export interface Tally {
  answered: number;
  memories: number;
  /** Of turns that were not answered, as the process was killed between keeping one and saying so. */
  ofUnanswered: number;
  missing: number;
  doubled: number;
  outOfOrder: number;
}

interface Member {
  account: Account;
  sessionId: string | undefined;
  sessionTurns: number;
  latest: number;
  answered: number[];
}

const OK = 'answered';

/** Many people who talk at the same time, each one thing a turn, and go on whatever happens. */
export class Crowd {
  readonly refusals: Refusal[] = [];
  answered = 0;
  latestAnswerAt = 0;
  private readonly members: Member[] = [];
  private stopped = false;

  private constructor(private readonly url: () => string) {}

  static async gather(size: number, url: () => string): Promise<Crowd> {
    const crowd = new Crowd(url);
    for (let at = 0; at < size; at += 1) {
      const account = await newAccount(url());
      crowd.members.push({ account, sessionId: undefined, sessionTurns: 0, latest: 0, answered: [] });
    }
    return crowd;
  }

  /** Until `stop`, so many of them at a time. */
  async talk(atOnce: number): Promise<void> {
    this.stopped = false;
    await Promise.all(
      Array.from({ length: atOnce }, async (_, lane) => {
        const members = this.members.filter((_member, at) => at % atOnce === lane);
        for (let turn = 0; !this.stopped && members.length > 0; turn += 1) {
          const member = members[turn % members.length];
          if (member && !(await this.say(member))) await new Promise((resolve) => setTimeout(resolve, REST_MS));
        }
      }),
    );
  }

  stop(): void {
    this.stopped = true;
  }

  /** Asks the server itself what it remembers. */
  async tally(): Promise<Tally> {
    const sum: Tally = { answered: 0, memories: 0, ofUnanswered: 0, missing: 0, doubled: 0, outOfOrder: 0 };
    for (const { account, answered } of this.members) {
      const numbers = await rememberedHere(this.at(account));
      const known = new Set(numbers);
      const wanted = new Set(answered);
      sum.answered += answered.length;
      sum.memories += numbers.length;
      sum.ofUnanswered += [...known].filter((number) => !wanted.has(number)).length;
      sum.missing += answered.filter((number) => !known.has(number)).length;
      sum.doubled += numbers.length - known.size;
      sum.outOfOrder += numbers.filter((number, at) => at > 0 && number < (numbers[at - 1] ?? 0)).length;
    }
    return sum;
  }

  /** True where the turn was answered to its end. */
  private async say(member: Member): Promise<boolean> {
    const startedAt = performance.now();
    const outcome = await this.turn(member).catch(brokenHow);
    const now = performance.now();
    if (outcome.code !== OK) {
      this.refusals.push({ ...outcome, ms: now - startedAt, at: now });
      return false;
    }
    member.answered.push(member.latest);
    this.answered += 1;
    this.latestAnswerAt = now;
    return true;
  }

  private async turn(member: Member): Promise<{ status: number; code: string }> {
    const sessionId = await this.sessionOf(member);
    member.latest += 1;
    member.sessionTurns += 1;
    const stream = member.latest % 2 === 0;
    const response = await fetch(`${this.url()}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${member.account.token}` },
      body: JSON.stringify({
        messages: [{ role: 'user', content: sentence(member.latest) }],
        cozy: { session_id: sessionId },
        stream,
      }),
      signal: AbortSignal.timeout(HANGING_MS),
    });
    const { status } = response;
    const text = await response.text();
    const code = /"code":"([A-Z_]+)"/.exec(text)?.[1];
    if (code !== undefined) return { status, code };
    const isWhole = stream ? text.includes('data: [DONE]') : text.includes('"finish_reason":"stop"');
    return { status, code: status === 200 && isWhole ? OK : 'garbled' };
  }

  private async sessionOf(member: Member): Promise<string> {
    if (member.sessionId === undefined || member.sessionTurns >= TURNS_A_SESSION) {
      member.sessionId = await newSession(this.at(member.account));
      member.sessionTurns = 0;
    }
    return member.sessionId;
  }

  private at({ token, ...rest }: Account): Account {
    return {
      ...rest,
      token,
      call: (method, route, body, headers = {}) => call(this.url(), method, route, { token, body, headers }),
    };
  }
}

function brokenHow(error: unknown): { status: number; code: string } {
  if (error instanceof Error && error.name === 'TimeoutError') return { status: 0, code: 'hung' };
  // A session that could not be made says how it was answered.
  const [, status = 0, code = 'broken'] = /answered (\d+): .*"code":"([A-Z_]+)"/.exec(String(error)) ?? [];
  return { status: Number(status), code };
}
