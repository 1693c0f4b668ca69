import { Agent, request } from 'node:http';

/** One streamed or whole chat completion by the plainest client there is: the load must not be the bottleneck. */
export interface Target {
  url: string;
  headers: Record<string, string>;
  body: (turn: number) => string;
}

export interface Timing {
  /** Milliseconds to the first byte of the answer and to its end. */
  firstByte: number;
  total: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1000 });

export function turn(target: Target, number: number): Promise<Timing> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const body = target.body(number);
    const call = request(target.url, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...target.headers },
    });
    call.once('response', (response) => {
      let firstByte = 0;
      let refusal = '';
      response.on('data', (bytes: Buffer) => {
        firstByte ||= performance.now() - startedAt;
        if (response.statusCode !== 200) refusal += bytes.toString();
      });
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve({ firstByte, total: performance.now() - startedAt });
        else reject(new Error(`${target.url} answered ${response.statusCode}: ${refusal.slice(0, 500)}`));
      });
    });
    call.once('error', reject);
    call.end(body);
  });
}

/** `count` turns with `concurrency` of them at a time; turns a second and each one's timing. */
export async function load(
  target: Target,
  count: number,
  concurrency: number,
): Promise<{ perSecond: number; timings: Timing[] }> {
  const timings: Timing[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const number = next;
      next += 1;
      timings.push(await turn(target, number));
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { perSecond: (count / (performance.now() - startedAt)) * 1000, timings };
}

export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
