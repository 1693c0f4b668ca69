import { startProviderSimulator } from '../test/fakes/provider-simulator.js';

/** The provider in a process of its own, so that its work is not counted as the server's. */
const simulator = await startProviderSimulator({
  record: false,
  structured: { text: '{"items": []}' },
  answer: { text: 'I remember that. Shall we go on from there, or is there something else on your mind today?' },
});
process.stdout.write(`${simulator.url}\n`);
process.on('SIGTERM', () => void simulator.close().then(() => process.exit(0)));
