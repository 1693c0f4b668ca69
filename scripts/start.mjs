// `npm start`: builds if need be, then runs the server in this very process, so that signals reach it.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './ensure-built.mjs';

ensureBuilt();
await import(pathToFileURL(path.resolve(import.meta.dirname, '../dist/main.js')));
