// `npm start`: builds if need be, then runs the server in this very process, so that signals reach it.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './ensure-built.mjs';
import { ensureWorker } from './media/ensure-worker.mjs';

ensureBuilt();
// Text needs no media worker: whatever hinders it, the server starts, and says itself that there is none.
await ensureWorker().catch(() => null);
await import(pathToFileURL(path.resolve(import.meta.dirname, '../dist/main.js')));
