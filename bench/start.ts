import { isFull, saveResult, store } from './result.js';
import { startTestServer, testStores } from '../test/setup/test-server.js';
import { percentile } from './load.js';

// How long a start takes, from the process to the first answer of `/health/ready`: the first on an empty folder and an
// empty database, and later ones.

const LATER = isFull ? 20 : 5;

const stores = await testStores();

async function startMs(): Promise<number> {
  const startedAt = performance.now();
  const server = await startTestServer({ from: stores });
  const { status } = await fetch(`${server.url}/health/ready`);
  const took = performance.now() - startedAt;
  await server.stop();
  if (status !== 200) throw new Error(`a server that listens said ${status} to /health/ready`);
  return took;
}

try {
  const first = await startMs();
  const later: number[] = [];
  for (let at = 0; at < LATER; at += 1) later.push(await startMs());
  await saveResult(`start-${store}`, 'start', {
    first_ms: first,
    later: later.length,
    later_ms_p50: percentile(later, 0.5),
    later_ms_max: Math.max(...later),
  });
} finally {
  await stores.remove();
}
