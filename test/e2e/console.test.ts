import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testServer } from '../setup/test-server.js';

const chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const missing = !existsSync(chromiumPath);
const reason = `no Chromium at ${chromiumPath} (set CHROMIUM_PATH or apt-get install chromium)`;

// A skipped test on CI would be a promise nobody keeps.
if (missing && process.env.CI) throw new Error(`The console cannot be tested: ${reason}`);
if (missing) console.warn(`Skipping the console's browser test: ${reason}`);

const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const answers = (page: Page): Locator => page.locator('[data-testid="message"][data-role="assistant"]');

async function register(page: Page, username: string): Promise<void> {
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('E-mail').fill(`${username}@example.org`);
  await page.getByLabel('Password').fill('a long enough password');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: `Hello, ${username}` }).waitFor();
}

async function startChat(page: Page): Promise<void> {
  await page.getByRole('list', { name: 'Personalities' }).getByRole('button').first().click();
  await page.getByRole('textbox', { name: /^Message to/ }).waitFor();
}

/** Sends with Enter and waits for the whole answer: its text is there once nothing streams any more. */
async function say(page: Page, text: string): Promise<string> {
  const before = await answers(page).count();
  const field = page.getByRole('textbox', { name: /^Message to/ });
  await field.fill(text);
  await field.press('Enter');
  const answer = answers(page).nth(before);
  await answer.waitFor();
  await page.locator('[data-testid="message"][data-state="streaming"]').waitFor({ state: 'detached' });
  expect(await answer.getAttribute('data-state')).toBe('done');
  return answer.innerText();
}

describe.skipIf(missing)('the console', () => {
  let browser: Browser;
  let page: Page;
  let url: string;
  const problems: string[] = [];

  beforeAll(async () => {
    ({ url } = await testServer());
    browser = await chromium.launch({ executablePath: chromiumPath, args: CHROMIUM_ARGS });
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(15_000);
    // Violations of the content security policy are console errors as well.
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
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
    expect(problems).toEqual([]);
  });
});
