import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answers, ConsoleBrowser, noChromium, register, say, startChat } from '../setup/console-browser.js';
import { testServer } from '../setup/test-server.js';

describe.skipIf(noChromium)('the console', () => {
  let browser: ConsoleBrowser;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    ({ url } = await testServer());
    browser = await ConsoleBrowser.open();
    page = await browser.page();
  });

  afterAll(async () => {
    await browser?.close();
  });

  it('is served under a policy that allows neither inline scripts nor other origins', async () => {
    const response = await page.goto(url);
    expect(response?.headers()['content-type'], 'build it first: vite build -c console/vite.config.ts').toContain(
      'text/html',
    );
    const policy = response?.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    await page.getByRole('heading', { name: 'Sign in or create an account' }).waitFor();
  });

  it('takes a new user from registering to signing out, with a companion that remembers', async () => {
    const username = `ann${randomBytes(5).toString('hex')}`;
    await page.goto(url);
    await register(page, username);
    await startChat(page);

    await say(page, 'My dog is called Biscuit.');
    expect(await say(page, 'What is my dog called?')).toContain('Biscuit');
    expect(await page.getByTestId('usage').last().innerText()).toMatch(/[1-9][\d,.]* tokens?/);
    expect(await page.getByTestId('session-tokens').innerText()).toMatch(/[1-9][\d,.]* tokens/);

    const transcript = await page.getByTestId('message').count();
    await page.reload();
    await answers(page).last().waitFor();
    expect(await page.getByTestId('message').count()).toBe(transcript);
    expect(await answers(page).last().innerText()).toContain('Biscuit');

    await page.getByRole('button', { name: 'Rename this chat' }).click();
    await page.getByLabel('Title').fill('About Biscuit');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'About Biscuit' }).waitFor();
    await page.getByTestId('session').filter({ hasText: 'About Biscuit' }).waitFor();

    await page.getByLabel('Search your messages').fill('called Biscuit');
    await page.getByTestId('search-hit').first().click();
    await page.locator('[data-testid="message"]:focus').waitFor();
    await page.getByLabel('Search your messages').fill('');

    await page.getByRole('button', { name: 'Delete this chat' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('heading', { name: `Hello, ${username}` }).waitFor();
    expect(await page.getByTestId('session').count()).toBe(0);

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  }, 90_000);

  it('did all that without a policy violation or an error on the page', () => {
    expect(browser.problems).toEqual([]);
  });
});
