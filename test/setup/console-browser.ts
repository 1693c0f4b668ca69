import { existsSync } from 'node:fs';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { expect } from 'vitest';

const chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const reason = `no Chromium at ${chromiumPath} (set CHROMIUM_PATH or apt-get install chromium)`;

export const noChromium = !existsSync(chromiumPath);

// A skipped test on CI would be a promise nobody keeps.
if (noChromium && process.env.CI) throw new Error(`The console cannot be tested: ${reason}`);
if (noChromium) console.warn(`Skipping the console's browser test: ${reason}`);

const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A real Chromium that keeps what went wrong on its pages. */
export class ConsoleBrowser {
  /** Errors of scripts, and violations of the content security policy. */
  readonly problems: string[] = [];

  private constructor(private readonly browser: Browser) {}

  static async open(args: readonly string[] = []): Promise<ConsoleBrowser> {
    return new ConsoleBrowser(
      await chromium.launch({ executablePath: chromiumPath, args: [...CHROMIUM_ARGS, ...args] }),
    );
  }

  /** Each page is a visitor of its own. */
  async page(): Promise<Page> {
    const page = await this.browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(15_000);
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text());
    });
    page.on('pageerror', (error) => this.problems.push(error.message));
    return page;
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}

export const answers = (page: Page): Locator => page.locator('[data-testid="message"][data-role="assistant"]');

export const PASSWORD = 'a long enough password';

export async function register(page: Page, username: string): Promise<void> {
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('E-mail').fill(`${username}@example.org`);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: `Hello, ${username}` }).waitFor();
}

export async function startChat(page: Page): Promise<void> {
  await page.getByRole('list', { name: 'Personalities' }).getByRole('button').first().click();
  await page.getByRole('textbox', { name: /^Message to/ }).waitFor();
}

/** Sends with Enter and waits for the whole answer: its text is there once nothing streams any more. */
export async function say(page: Page, text: string): Promise<string> {
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
