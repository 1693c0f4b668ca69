// @ts-check
// The worker thread that reads one document: parsers may take seconds over a large file, and for ever over one that was
// made for it, so they never run in the thread that serves people; whoever started this ends it when its time is up.
// Plain JavaScript, because a worker is started by file name and Node 20 cannot start a .ts file.
import { parentPort, workerData } from 'node:worker_threads';
import { Refusal } from './refusal.mjs';

if (!parentPort) throw new Error('document.worker.mjs runs in a worker thread only');
const port = parentPort;

/** Each parser is loaded for its own kind alone: pdf.js takes longer to load than most documents take to read. */
const READERS = {
  'application/pdf': async () => (await import('./read-pdf.mjs')).readPdf,
  'text/html': async () => (await import('./read-html.mjs')).readHtml,
  'text/markdown': async () => (await import('./read-markdown.mjs')).readMarkdown,
};

/** @typedef {{ contentType: keyof typeof READERS, body: Uint8Array | string, mostCharacters: number, mostPages: number }} Task */

try {
  const { contentType, body, ...limits } = /** @type {Task} */ (workerData);
  const read = /** @type {(body: never, limits: object) => Promise<object>} */ (await READERS[contentType]());
  port.postMessage(await read(/** @type {never} */ (body), limits));
} catch (error) {
  port.postMessage({ refusal: error instanceof Refusal ? error.reason : 'malformed' });
}
