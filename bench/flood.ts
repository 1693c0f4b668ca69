import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { post } from './load.js';

/** Wrong credentials as fast as they go, from several addresses of this machine, in a process of its own. */
export interface FloodWish {
  url: string;
  /** What is shown; null: another API key each time. */
  credential: string | null;
  addresses: string[];
  concurrency: number;
  ms: number;
}

export interface FloodReport {
  refused: number;
  perSecond: number;
  /** Number of answers by status. */
  statuses: Record<string, number>;
}

const BODY = JSON.stringify({ messages: [{ role: 'user', content: 'Let me in.' }] });

async function flood({ url, credential, addresses, concurrency, ms }: FloodWish): Promise<FloodReport> {
  const statuses: Record<string, number> = {};
  const agents = addresses.map((localAddress) => new Agent({ keepAlive: true, maxSockets: Infinity, localAddress }));
  const startedAt = performance.now();
  const lane = async (at: number) => {
    const agent = agents[at % agents.length];
    while (performance.now() - startedAt < ms) {
      const shown = credential ?? `ck_${randomBytes(32).toString('base64url')}`;
      const response = await post(url, { authorization: `Bearer ${shown}` }, BODY, { agent });
      response.resume();
      await new Promise((resolve) => response.once('end', resolve));
      const status = String(response.statusCode);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, at) => lane(at)));
  for (const agent of agents) agent.destroy();
  const refused = Object.values(statuses).reduce((sum, count) => sum + count, 0) - (statuses['200'] ?? 0);
  return { refused, perSecond: (refused * 1000) / (performance.now() - startedAt), statuses };
}

process.stdout.write(`${JSON.stringify(await flood(JSON.parse(process.argv[2] ?? '') as FloodWish))}\n`);
