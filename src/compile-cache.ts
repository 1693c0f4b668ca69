import nodeModule from 'node:module';
import path from 'node:path';

// Imported before the program is loaded: what is loaded after it is compiled once, and read from beside the code by later starts. Where
// the code is, as who may write there may change the program anyway. Where it cannot be written, or Node is older than
// 22.8, all is compiled each time.

const { enableCompileCache } = nodeModule as { enableCompileCache?: (folder: string) => unknown };

enableCompileCache?.(path.resolve(import.meta.dirname, '.compile-cache'));
