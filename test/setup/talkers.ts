import { chat, newSession, user } from '../factories/conversation.js';
import { type Account, call, newAccount } from './account.js';

/** Somebody who tells one thing a turn, each different. */
interface Talker {
  account: Account;
  sessionId: string;
  /** Numbers of the turns that were answered. */
  answered: number[];
  /** The number of the turn before. */
  latest: number;
}

/** What was remembered of a user: the numbers of the turns it was told in, in the order in which it was learned. */
export type Remembered = (account: Account) => Promise<number[]>;

export const sentence = (number: number) => `I put box number ${number} on the shelf today.`;
const NUMBERS = /box number (\d+)/g;

/** The numbers of the turns that texts were told in. */
export const numbersIn = (texts: readonly string[]): number[] =>
  texts.flatMap((text) => [...text.matchAll(NUMBERS)].map(([, number]) => Number(number)));

/** People who go on talking whatever happens to the server, each in a session of one's own. */
export class Talkers {
  private readonly talkers: Talker[];
  /** Statuses other than 200 that turns were answered with, and `0` for connections that broke. */
  readonly refusals: number[] = [];

  private constructor(
    accounts: { account: Account; sessionId: string }[],
    /** Where the server is now. */
    private readonly url: () => string,
  ) {
    this.talkers = accounts.map((one) => ({ ...one, answered: [], latest: 0 }));
  }

  static async begin(count: number, url: () => string): Promise<Talkers> {
    const accounts = [];
    for (let at = 0; at < count; at += 1) {
      const account = await newAccount(url());
      accounts.push({ account, sessionId: await newSession(account) });
    }
    return new Talkers(accounts, url);
  }

  get turns(): number {
    return this.talkers.reduce((sum, { answered }) => sum + answered.length, 0);
  }

  /** `turns` more of everybody, all at once. Turns that fail are not said again. */
  async talk(turns: number): Promise<void> {
    await Promise.all(
      this.talkers.map(async (talker) => {
        for (let turn = 0; turn < turns; turn += 1) await this.say(talker);
      }),
    );
  }

  /** The numbers of turns that were answered and are not remembered. */
  async unremembered(remembered: Remembered): Promise<number[]> {
    return this.ofAll(async ({ account, answered }) => {
      const numbers = new Set(await remembered(this.at(account)));
      return answered.filter((number) => !numbers.has(number));
    });
  }

  /** Those that are remembered twice, or before one that was told earlier. */
  async misplaced(remembered: Remembered): Promise<number[]> {
    return this.ofAll(async ({ account }) => {
      const numbers = await remembered(this.at(account));
      return numbers.filter((number, at) => at > 0 && number <= (numbers[at - 1] ?? 0));
    });
  }

  private async ofAll(wrong: (talker: Talker) => Promise<number[]>): Promise<number[]> {
    return (await Promise.all(this.talkers.map(wrong))).flat();
  }

  private async say(talker: Talker): Promise<void> {
    talker.latest += 1;
    const number = talker.latest;
    try {
      const { status } = await chat(this.at(talker.account), talker.sessionId, [user(sentence(number))]);
      if (status === 200) talker.answered.push(number);
      else this.refusals.push(status);
    } catch {
      // The process was killed under it.
      this.refusals.push(0);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  private at({ token, ...rest }: Account): Account {
    return {
      ...rest,
      token,
      call: (method, route, body, headers = {}) => call(this.url(), method, route, { token, body, headers }),
    };
  }
}

/** From the routes of the server: its own memory. */
export const rememberedHere: Remembered = async (account) => {
  const texts: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = `limit=200${cursor === null ? '' : `&cursor=${cursor}`}`;
    const { body } = await account.call('GET', `/v1/memories?${query}`);
    texts.push(...(body.items as { text: string }[]).map(({ text }) => text));
    cursor = body.next_cursor as string | null;
  } while (cursor !== null);
  return numbersIn(texts.toReversed());
};
