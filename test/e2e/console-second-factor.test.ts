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

  it('is turned on with an authenticator, and asked for at the next sign-in', async () => {
    await page.getByRole('button', { name: /^Account of/ }).click();
    await page.getByRole('button', { name: 'Turn on…' }).click();
    const secret = await page.locator('.factor-secret').textContent();
    const totp = new TOTP({ secret: Secret.fromBase32(secret ?? '') });
    const now = Date.now();
    await page.getByLabel('Code', { exact: true }).fill(totp.generate({ timestamp: now - 30_000 }));
    await page.getByRole('button', { name: 'Turn on', exact: true }).click();
    await page.getByText('each works once').waitFor();
    expect((await page.locator('.recovery-codes').textContent())?.split('\n')).toHaveLength(10);

    const visitor = await browser.page();
    await visitor.goto(url);
    await visitor.getByRole('button', { name: 'I have an account' }).click();
    await visitor.getByLabel('Username or e-mail').fill(username);
    await visitor.getByLabel('Password').fill(PASSWORD);
    await visitor.getByRole('button', { name: 'Sign in' }).click();
    await visitor.getByLabel('Code').fill(totp.generate({ timestamp: now }));
    await visitor.getByRole('button', { name: 'Sign in' }).click();
    await visitor.getByRole('heading', { name: `Hello, ${username}` }).waitFor();
  }, 60_000);

  it('did all that without a policy violation; the one error is the sign-in that lacked a code', () => {
    expect(browser.problems.filter((problem) => !problem.includes('401'))).toEqual([]);
  });
});
