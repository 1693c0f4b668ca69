import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newAccount } from '../setup/account.js';
import { ConsoleBrowser, noChromium, register, startChat } from '../setup/console-browser.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { wav } from '../setup/sound.js';
import { spokenSamples } from '../setup/speech.js';
import { ownServer, testServer } from '../setup/test-server.js';
import { VoiceClient } from '../setup/voice-client.js';

const RATE = 16_000;
/** As somebody has who chose the transport before. */
const prefer = (page: Page, transport: string) =>
  page.evaluate(`localStorage.setItem('cozy.call', ${JSON.stringify(JSON.stringify({ transport }))})`);

const FAKE_DEVICE = ['--use-fake-device-for-media-stream', '--autoplay-policy=no-user-gesture-required'];
const SOON = { timeout: 20_000, interval: 100 };

/** A person who asks, listens for a while, and interrupts. */
function microphone(): Buffer {
  const speech = spokenSamples();
  const silence = (seconds: number) => Array.from({ length: seconds * RATE }, () => 0);
  return wav(Int16Array.from([...silence(3), ...speech, ...silence(5), ...speech, ...silence(3)]), RATE);
}

const LONG = Array.from({ length: 12 }, (_, at) => `This is sentence number ${at + 1} of a long answer.`).join(' ');

const line = (page: Page, role: 'user' | 'companion', state: string): Locator =>
  page.locator(`[data-testid="call-line"][data-role="${role}"][data-state="${state}"]`);

const loudest = async (page: Page, side: 'mine' | 'theirs'): Promise<number> =>
  Number(await page.getByTestId(`level-${side}`).getAttribute('data-loudest'));

async function call(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Call', exact: true }).click();
}

describe.skipIf(noChromium)('a call from the console', () => {
  const stage = simulatedServer();
  const bareServer = ownServer(() => ({ env: { MEDIASOUP_WORKER_BIN: '/nowhere' } }));
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cozy-call-'));
  let browser: ConsoleBrowser;

  beforeAll(async () => {
    await bareServer();
    const file = path.join(folder, 'microphone.wav');
    writeFileSync(file, microphone());
    browser = await ConsoleBrowser.open([
      ...FAKE_DEVICE,
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-audio-capture=${file}%noloop`,
    ]);
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(['webrtc', 'socket'])(
    'over %s holds somebody who was invited, and shows who speaks',
    async (transport) => {
      const page = await browser.page();
      await page.goto(stage.url);
      await prefer(page, transport);
      await register(page, `dee${randomBytes(5).toString('hex')}`);
      await startChat(page);
      stage.provider.setAnswer({ text: 'Hm.' });
      await call(page);
      await page.locator('[data-testid="call-panel"][data-phase="on"]').waitFor();
      await page.getByRole('button', { name: 'Call settings' }).click();
      await page.getByRole('button', { name: 'Invite somebody' }).click();
      const [call_id, invitation] = (await page.getByLabel('An invitation').inputValue()).split(' ');
      await page.getByRole('button', { name: 'Close' }).click();

      const friend = await newAccount(stage.url);
      const client = await VoiceClient.connect(stage.url, friend.token);
      await client.get('call.join', { call_id, invitation, transport: 'socket' });
      client.talk();
      const people = page.getByTestId('call-people').getByRole('listitem');
      await expect.poll(() => people.count(), SOON).toBe(2);
      stage.provider.speech.hear({ text: 'It is me.' });
      client.say(spokenSamples());
      await people.and(page.locator('[data-speaking="true"]')).filter({ hasText: friend.username }).waitFor();
      await line(page, 'user', 'said').filter({ hasText: 'It is me.' }).getByText(friend.username).waitFor();
      // The caller's own microphone speaks after three seconds.
      await expect.poll(() => client.of('participants.audio').length, SOON).toBeGreaterThan(0);
      client.close();
      await page.getByTestId('call-people').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Hang up' }).click();
    },
    60_000,
  );

  it.each([
    ['webrtc', 'WebRTC'],
    ['socket', 'Socket'],
  ])(
    'over %s is heard, answered, interrupted, typed into and stored',
    async (transport, label) => {
      const page = await browser.page();
      await page.goto(stage.url);
      await prefer(page, transport);
      await register(page, `dee${randomBytes(5).toString('hex')}`);
      await startChat(page);
      stage.provider.script({ text: LONG });
      stage.provider.setAnswer({ text: 'Very well.' });
      stage.provider.speech.hear({ text: 'What time is it?' }, { text: 'Stop, please.' });

      await call(page);
      await page.locator('[data-testid="call-panel"][data-phase="on"]').waitFor();
      expect(await page.getByTestId('call-transport').innerText()).toBe(label);
      await line(page, 'user', 'said').filter({ hasText: 'What time is it?' }).waitFor();
      await page.locator('[data-testid="call-panel"][data-state="speaking"]').waitFor();
      await expect.poll(() => loudest(page, 'theirs'), SOON).toBeGreaterThan(0.3);
      expect(await loudest(page, 'mine')).toBeGreaterThan(0.3);

      const cut = line(page, 'companion', 'interrupted').filter({ hasText: 'sentence number 1' });
      await cut.locator('.unheard').waitFor();
      await line(page, 'user', 'said').filter({ hasText: 'Stop, please.' }).waitFor();
      const spoken = line(page, 'companion', 'spoken').filter({ hasText: 'Very well.' });
      await spoken.first().getByTestId('call-timings').getByText('first sound sent').waitFor();

      const field = page.getByRole('textbox', { name: /^Message to/ });
      await field.fill('And now in writing.');
      await field.press('Enter');
      await expect.poll(() => spoken.count(), SOON).toBe(2);

      await page.getByRole('button', { name: 'Hang up' }).click();
      await page.getByTestId('call-panel').waitFor({ state: 'detached' });
      const stored = page.getByTestId('message').filter({ hasText: 'said in a voice call' });
      await expect.poll(() => stored.count(), SOON).toBe(6);
      expect(await page.getByTestId('call-line').count()).toBe(0);
      const texts = (await stored.allInnerTexts()).join('\n');
      for (const said of [
        'What time is it?',
        'sentence number 1',
        'interrupted',
        'Stop, please.',
        'in writing',
        'Very well.',
      ])
        expect(texts).toContain(said);
      expect(texts).not.toContain('sentence number 12');
      await page.close();
    },
    90_000,
  );

  it('did all that without a policy violation or an error on the page', () => {
    expect(browser.problems).toEqual([]);
  });

  it('is taken up again where the connection was lost', async () => {
    const page = await browser.page();
    let cut: (() => Promise<void>) | undefined;
    await page.routeWebSocket(/socket\.io/, (socket) => {
      const server = socket.connectToServer();
      cut = async () => {
        await server.close();
        await socket.close();
      };
    });
    await page.goto(stage.url);
    await prefer(page, 'socket');
    await register(page, `gus${randomBytes(5).toString('hex')}`);
    await startChat(page);
    await call(page);
    const panel = page.getByTestId('call-panel');
    await expect.poll(() => panel.getAttribute('data-phase'), SOON).toBe('on');
    await cut?.();
    await expect.poll(() => panel.getAttribute('data-phase'), SOON).toBe('reconnecting');
    await expect.poll(() => panel.getAttribute('data-phase'), SOON).toBe('on');
    stage.provider.setAnswer({ text: 'Still here.' });
    const field = page.getByRole('textbox', { name: /^Message to/ });
    await field.fill('Are you there?');
    await field.press('Enter');
    await line(page, 'companion', 'spoken').filter({ hasText: 'Still here.' }).first().waitFor();
    await page.close();
  }, 60_000);

  it('goes over the socket where there is no media worker, and says what to set where nothing can hear', async () => {
    const page = await browser.page();
    await page.goto((await bareServer()).url);
    await register(page, `eli${randomBytes(5).toString('hex')}`);
    await startChat(page);
    await call(page);
    await page.getByTestId('call-transport').getByText('Socket instead of WebRTC').waitFor();
    await expect
      .poll(() => page.getByTestId('call-problem').allInnerTexts(), SOON)
      .toEqual([expect.stringContaining('OPENAI_API_KEY')]);
    await page.close();
  }, 90_000);
});

describe.skipIf(noChromium)('a call without a microphone', () => {
  it('is explained in plain words', async () => {
    const browser = await ConsoleBrowser.open([...FAKE_DEVICE, '--deny-permission-prompts']);
    try {
      const page = await browser.page();
      await page.goto((await testServer()).url);
      await register(page, `fay${randomBytes(5).toString('hex')}`);
      await startChat(page);
      await call(page);
      await page.getByRole('button', { name: 'Call again' }).waitFor();
      expect(await page.getByTestId('call-problem').innerText()).toContain('This page may not use the microphone.');
    } finally {
      await browser.close();
    }
  }, 60_000);
});
