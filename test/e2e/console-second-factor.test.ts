import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsoleBrowser, noChromium, PASSWORD, register } from '../setup/console-browser.js';
import { testServer } from '../setup/test-server.js';

describe.skipIf(noChromium)('the second factor on the console', () => {
  const username = `bea${randomBytes(5).toString('hex')}`;
  let browser: ConsoleBrowser;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    ({ url } = await testServer());
    browser = await ConsoleBrowser.open();
    page = await browser.page();
    await page.goto(url);
    await register(page, username);
  });
  afterAll(async () => {
    await browser?.close();
  });

  let code: (steps: number) => string;
  const type = async (label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text);
  const recoveryCodes = async () => (await page.locator('.recovery-codes').textContent())?.split('\n') ?? [];

  it('is turned on with the password and an authenticator, and asked for at the next sign-in', async () => {
    await page.getByRole('button', { name: /^Account of/ }).click();
    await page.getByRole('button', { name: 'Turn on…' }).click();
    await type('Your password', 'a guess');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('The password is wrong.').waitFor();
    await type('Your password', PASSWORD);
    await page.getByRole('button', { name: 'Go on' }).click();
    const secret = await page.locator('.factor-secret').textContent();
    const totp = new TOTP({ secret: Secret.fromBase32(secret ?? '') });
    const now = Date.now();
    code = (steps) => totp.generate({ timestamp: now + steps * 30_000 });
    await type('Code', code(-1));
    await page.getByRole('button', { name: 'Turn on', exact: true }).click();
    await page.getByText('each works once').waitFor();
    expect(await recoveryCodes()).toHaveLength(10);
    await page.getByRole('button', { name: 'I have kept them' }).click();

    const visitor = await browser.page();
    await visitor.goto(url);
    await visitor.getByRole('button', { name: 'I have an account' }).click();
    await visitor.getByLabel('Username or e-mail').fill(username);
    await visitor.getByLabel('Password').fill(PASSWORD);
    await visitor.getByRole('button', { name: 'Sign in' }).click();
    await visitor.getByLabel('Code').fill(code(0));
    await visitor.getByRole('button', { name: 'Sign in' }).click();
    await visitor.getByRole('heading', { name: `Hello, ${username}` }).waitFor();
  }, 60_000);

  it('gives new recovery codes, is turned off by one of them, and a wrong code does not sign out', async () => {
    await page.getByRole('button', { name: 'New recovery codes…' }).click();
    await type('Your password', PASSWORD);
    await type('Code', code(1));
    await page.getByRole('button', { name: 'Make new ones' }).click();
    await page.getByText('each works once').waitFor();
    const [first = ''] = await recoveryCodes();
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByRole('button', { name: 'Turn off…' }).click();
    await type('Your password', PASSWORD);
    await type('Code', '000000');
    await page.getByRole('button', { name: 'Turn off', exact: true }).click();
    await page.getByText('The code is wrong').waitFor();
    await type('Code', first);
    await page.getByRole('button', { name: 'Turn off', exact: true }).click();
    const turnOn = page.getByRole('button', { name: 'Turn on…' });
    await turnOn.waitFor();
    expect(await turnOn.isEnabled()).toBe(true);
  }, 60_000);

  it('did all that without a policy violation; the errors are wrong proofs', () => {
    expect(browser.problems.filter((problem) => !problem.includes('401'))).toEqual([]);
  });
});
