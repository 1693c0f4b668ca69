import { defineConfig } from 'vite';

/** `npx vite build -c console/vite.config.ts`; `npx vite -c console/vite.config.ts` serves it live beside a running server. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    // What is loaded later is loaded when it is asked for: there is nothing to preload, so no polyfill either.
    modulePreload: false,
  },
  server: { proxy: { '^/(v1|docs|health|openapi.json)': 'http://localhost:3000' } },
});
