interface Waiting<Question, Answer> {
  question: Question;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

export interface BatchLimits {
  /** Questions of one statement. */
  together: number;
  /** Statements at a time: a slow one holds up no more than these. */
  atOnce: number;
}

/**
 * Puts together what many ask at the same time. Whoever asks while nothing is under way waits for nobody; what is asked
 * meanwhile goes with the next statement, so that a busy server makes few of them, and an idle one is as quick as ever.
 */
export class Batcher<Question, Answer> {
  private readonly waiting: Waiting<Question, Answer>[] = [];
  private running = 0;

  /** @param askAll gives the answers in the order of the questions; what it throws, all of them get. */
  constructor(
    private readonly askAll: (questions: readonly Question[]) => Promise<readonly Answer[]>,
    private readonly limits: BatchLimits = { together: 50, atOnce: 2 },
  ) {}

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ question, resolve, reject });
      this.begin();
    });
  }

  private begin(): void {
    if (this.running >= this.limits.atOnce || this.waiting.length === 0) return;
    void this.run(this.waiting.splice(0, this.limits.together));
  }

  private async run(batch: readonly Waiting<Question, Answer>[]): Promise<void> {
    this.running += 1;
    try {
      const answers = await this.askAll(batch.map(({ question }) => question));
      for (const [at, { resolve }] of batch.entries()) resolve(answers[at] as Answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.running -= 1;
    this.begin();
  }
}

/** The rows of each of so many questions, which `at` numbers. */
export function byQuestion<Row extends object>(rows: readonly (Row & { at: number })[], questions: number): Row[][] {
  const answers = Array.from({ length: questions }, (): Row[] => []);
  for (const { at, ...row } of rows) answers[at]?.push(row as unknown as Row);
  return answers;
}
