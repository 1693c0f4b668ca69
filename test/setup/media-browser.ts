import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import type { MediaOffer, MediaPeer } from '../../src/engines/media/media.port.js';

export const chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
export const noChromium = !existsSync(chromiumPath);
const reason = `no Chromium at ${chromiumPath} (set CHROMIUM_PATH or apt-get install chromium)`;
if (noChromium && process.env.CI) throw new Error(`Calls cannot be tested: ${reason}`);
if (noChromium) console.warn(`Skipping the tests of calls by a browser: ${reason}`);

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
];

/** The page's script with mediasoup-client in it. */
async function bundle(): Promise<string> {
  const entry = path.resolve(import.meta.dirname, '../fakes/media-page.mjs');
  const lib = { entry, formats: ['iife' as const], name: 'mediaPage' };
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"test"' },
    build: { lib, write: false, minify: false },
  });
  const [result] = Array.isArray(built) ? built : [built];
  if (!result || !('output' in result)) throw new Error('Vite built nothing.');
  return result.output[0].code;
}

export interface Caller {
  page: Page;
  /** Joins as a web app does; `offer` may be changed on the way. */
  join: (
    peer: MediaPeer,
    options?: { useMicrophone?: boolean; relayOnly?: boolean; offer?: MediaOffer },
  ) => Promise<void>;
  /** Runs a function of `window.caller`. */
  ask: <Answer>(method: string, ...args: unknown[]) => Promise<Answer>;
}

/** A headless Chromium whose microphone plays a file, again and again. */
export class MediaBrowser {
  private constructor(
    private readonly browser: Browser,
    private readonly server: Server,
    private readonly folder: string,
  ) {}

  /** @param microphone a WAV file. */
  static async open(microphone: Buffer): Promise<MediaBrowser> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'cozy-media-'));
    const file = path.join(folder, 'microphone.wav');
    writeFileSync(file, microphone);
    const script = await bundle();
    const server = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : '<!doctype html><title>Caller</title><script src="/page.js"></script>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const args = [...ARGS, `--use-file-for-fake-audio-capture=${file}`];
    const browser = await chromium.launch({ executablePath: chromiumPath, args });
    return new MediaBrowser(browser, server, folder);
  }

  async caller(): Promise<Caller> {
    const page = await this.browser.newPage();
    page.setDefaultTimeout(20_000);
    let current: MediaPeer | undefined;
    await page.exposeFunction('signal', (method: 'connect', ...args: Parameters<MediaPeer['connect']>) => {
      if (!current) throw new Error('Nobody has joined.');
      return current[method](...args);
    });
    await page.goto(`http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`);
    const ask = <Answer>(method: string, ...args: unknown[]) =>
      page.evaluate<Answer>(`window.caller.${method}(...${JSON.stringify(args)})`);
    const join: Caller['join'] = async (peer, { offer = peer.offer, ...options } = {}) => {
      current = peer;
      await page.evaluate(`window.caller.join(${JSON.stringify(offer)}, ${JSON.stringify(options)})`);
    };
    return { page, join, ask };
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
