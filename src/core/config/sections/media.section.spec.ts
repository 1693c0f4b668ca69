import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { effectiveConfig } from '../effective-config.js';
import { loadConfig } from '../load-config.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cozy-media-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const TURN = { TURN_URLS: 'turn:t.example.org:3478,turns:t.example.org?transport=tcp', TURN_SECRET: 'plain-words-1' };

it('is set by the environment', () => {
  const { media } = loadConfig(
    { ...TURN, MEDIA_PORT: '44400', MEDIA_ANNOUNCED_ADDRESS: '203.0.113.5', MEDIASOUP_WORKER_BIN: '/opt/worker' },
    folder,
  ).config;
  expect(media).toMatchObject({ port: 44_400, announced_address: '203.0.113.5', worker_bin: '/opt/worker' });
  expect(media.turn).toMatchObject({
    urls: ['turn:t.example.org:3478', 'turns:t.example.org?transport=tcp'],
    secret: 'plain-words-1',
  });
});

it('hides the secret of TURN and passwords of ICE servers where the configuration is shown', () => {
  const file = "ice_servers: [{ urls: ['turn:u.example.org'], username: u, credential: plain-words-2 }]";
  writeFileSync(path.join(folder, 'media.yaml'), file);
  const shown = JSON.stringify(effectiveConfig(loadConfig(TURN, folder).config));
  expect(shown).toContain('turn:u.example.org');
  expect(shown).not.toContain('plain-words');
});

it.each<[string, Record<string, string>, RegExp]>([
  ['a server of TURN without the secret', { TURN_URLS: TURN.TURN_URLS }, /TURN_SECRET: is missing/],
  ['what is no server', { ...TURN, TURN_URLS: 'https://example.org' }, /TURN_URLS .* must be a URL like/],
  ['a port that leaves no room for workers', { MEDIA_PORT: '65535' }, /MEDIA_PORT .* must not be greater than 65000/],
])('refuses %s', (_, environment, problem) => {
  expect(() => loadConfig(environment, folder)).toThrow(problem);
});
