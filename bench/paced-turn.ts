import { type Asking, type Target, type Timing, turn } from './load.js';
import { AnswerCheck, now } from './plan.js';

/** One streamed turn of a paced provider, and all that its pieces told. */
export interface PacedTurn extends Timing {
  check: AnswerCheck;
  /** What was added to the provider's own time: to the first piece, and to the end. */
  addedFirstMs: number;
  addedMs: number;
}

const CONTENT = /^data: (\{.*"content":"[^"].*\})$/;

interface Chunk {
  choices: { delta?: { content?: string } }[];
}

/** Reads events, and gives the text in each of them to `onText`. */
export function textReader(onText: (text: string, arrivedAt: number) => void): (bytes: Buffer) => void {
  let rest = '';
  return (bytes) => {
    const arrivedAt = now();
    const lines = (rest + bytes.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const json = CONTENT.exec(line)?.[1];
      if (json) onText((JSON.parse(json) as Chunk).choices[0]?.delta?.content ?? '', arrivedAt);
    }
  };
}

export async function pacedTurn(target: Target, number: number, asking: Asking = {}): Promise<PacedTurn> {
  const check = new AnswerCheck();
  const startedAt = now();
  const onBytes = textReader((text, arrivedAt) => check.take(text, arrivedAt));
  const timing = await turn(target, number, { ...asking, onBytes });
  const [first, last] = [check.arrived[0], check.arrived.at(-1)];
  if (!first || !last) throw new Error('an answer without text');
  return {
    ...timing,
    check,
    addedFirstMs: first.arrivedAt - startedAt - first.spentMs,
    addedMs: timing.total - last.spentMs,
  };
}
