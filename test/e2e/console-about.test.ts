import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsoleBrowser, noChromium, PASSWORD, register, say, startChat } from '../setup/console-browser.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { testServer } from '../setup/test-server.js';

interface Told {
  role: string;
  content: unknown;
}

const newChat = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'New chat' }).click();
  await startChat(page);
};

const about = async (page: Page, part?: string): Promise<void> => {
  await page.getByRole('link', { name: 'What I know about you' }).click();
  await page.getByRole('heading', { name: 'What I know about you' }).waitFor();
  if (part) await page.getByRole('link', { name: part, exact: true }).click();
};

describe.skipIf(noChromium)('what the console shows of what is known', () => {
  let browser: ConsoleBrowser;
  let page: Page;

  beforeAll(async () => {
    const { url } = await testServer();
    browser = await ConsoleBrowser.open();
    page = await browser.page();
    await page.goto(url);
    await register(page, `bea${randomBytes(5).toString('hex')}`);
  });

  afterAll(async () => {
    await browser?.close();
  });

  it('is a memory of what was said, with the way back to its chat, that is gone when it was deleted', async () => {
    await startChat(page);
    await say(page, 'My dog is called Biscuit.');
    await newChat(page);
    expect(await say(page, 'What is my dog called?')).toContain('Biscuit');

    await about(page);
    const memory = page.getByTestId('memory').filter({ hasText: 'My dog is called Biscuit.' });
    await memory.getByRole('link').click();
    await page.locator('[data-testid="message"]:focus').waitFor();
    await about(page);
    await page.getByLabel('Search your memories').fill('the name of my dog');
    await page.getByText('The nearest come first.').waitFor();
    await memory.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Forget', exact: true }).click();
    await memory.waitFor({ state: 'detached' });

    // The fact of the same message went with it.
    await page.getByRole('link', { name: 'Facts', exact: true }).click();
    await page.getByRole('button', { name: 'Add a fact' }).waitFor();
    await page.getByTestId('fact').filter({ hasText: 'Biscuit' }).waitFor({ state: 'detached' });

    await newChat(page);
    expect(await say(page, 'What is my dog called?')).not.toContain('Biscuit');
  }, 60_000);

  it('is kept and corrected by hand, and forgotten as a whole', async () => {
    await about(page);
    await page.getByLabel('Something to remember').fill('My sister is called Eva.');
    await page.getByRole('button', { name: 'Remember' }).click();
    const memory = page.getByTestId('memory').filter({ hasText: 'My sister is called Eva.' });
    await memory.getByText('kept by hand').waitFor();
    await page.getByRole('button', { name: 'Forget all' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Forget all' }).click();
    await page.getByText('Nothing is remembered yet.').waitFor();

    await page.getByRole('link', { name: 'Facts', exact: true }).click();
    for (const [key, value] of [
      ['home', 'Porto'],
      ['likes', 'tea'],
    ] as const) {
      await page.getByRole('button', { name: 'Add a fact' }).click();
      await page.getByLabel('About').fill(key);
      await page.getByLabel('What is true').fill(value);
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByTestId('fact').filter({ hasText: value }).waitFor();
    }
    for (const [wrong, right] of [
      ['Porto', 'Lisbon'],
      ['tea', 'coffee'],
    ] as const) {
      await page.getByRole('button', { name: `Correct “${wrong}”` }).click();
      await page.getByLabel('What is true').fill(right);
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByTestId('fact').filter({ hasText: right }).waitFor();
      expect(await page.getByTestId('fact').filter({ hasText: wrong }).count()).toBe(0);
    }
  }, 60_000);

  it('is the user’s to take away, and to end', async () => {
    await page.getByRole('button', { name: /^Account of/ }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export my data' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^cozyengine-export-\d{4}-\d\d-\d\d\.json$/);
    const content = JSON.parse(readFileSync(await file.path(), 'utf8')) as { format: string };
    expect(content.format).toBe('cozyengine-export');

    await page.getByRole('button', { name: 'Delete my account…' }).click();
    await page.getByLabel('Your password').fill('a wrong password');
    await page.getByRole('button', { name: 'Delete my account', exact: true }).click();
    await page.getByText('The password is wrong.').waitFor();
    await page.getByLabel('Your password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Delete my account', exact: true }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  }, 60_000);

  it('did all that without a policy violation, and with one error only: the wrong password’s', () => {
    expect(browser.problems.filter((problem) => !problem.includes('401'))).toEqual([]);
  });
});

describe.skipIf(noChromium)('documents in the console', () => {
  const stage = simulatedServer({ env: { ROLE: 'all' } });
  let browser: ConsoleBrowser;
  let page: Page;

  beforeAll(async () => {
    browser = await ConsoleBrowser.open();
    page = await browser.page();
    await page.goto(stage.url);
    await register(page, `cas${randomBytes(5).toString('hex')}`);
  });

  afterAll(async () => {
    await browser?.close();
  });

  /** The system messages of the chat request with this question. */
  const toldWith = (question: string): string => {
    const messages = stage.provider.requests.map(({ body }) => (body['messages'] ?? []) as Told[]);
    const asked = messages.findLast((list) =>
      list.some(({ role, content }) => role === 'user' && content === question),
    );
    return (asked ?? []).flatMap(({ role, content }) => (role === 'system' ? [content] : [])).join('\n');
  };

  it('are uploaded or pasted, found, answered from with their source, and deleted', async () => {
    await about(page, 'Documents');
    await page.getByLabel('Upload a file').setInputFiles({
      name: 'returns.md',
      mimeType: 'text/markdown',
      buffer: Buffer.from('# Returns\n\n## Shoes\n\nShoes may be returned within ten days, unworn and in their box.\n'),
    });
    const document = page.getByTestId('document');
    await document.getByText('ready').waitFor();
    await page.getByRole('button', { name: 'Paste a text' }).click();
    await page.getByLabel('Title').fill('Opening hours');
    await page.getByLabel('Text', { exact: true }).fill('The shop is open from nine to six.');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await document.filter({ hasText: 'Opening hours' }).getByText('ready').waitFor();

    await page.getByLabel('Search your documents').fill('returned shoes');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByTestId('passage').first().getByText('within ten days').waitFor();

    await newChat(page);
    stage.provider.setAnswer({ text: 'Within ten days, says Returns › Shoes.' });
    const question = 'How long do we take returned shoes?';
    expect(await say(page, question)).toContain('Returns › Shoes');
    expect(toldWith(question)).toContain('Shoes may be returned within ten days');
    expect(toldWith(question)).toContain('Returns › Shoes');

    await about(page, 'Documents');
    await document.filter({ hasText: 'Opening hours' }).getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await document.filter({ hasText: 'Opening hours' }).waitFor({ state: 'detached' });
    expect(await document.count()).toBe(1);
  }, 60_000);

  it('refuse what they cannot read, and say why', async () => {
    await page.getByLabel('Upload a file').setInputFiles({
      name: 'picture.png',
      mimeType: 'image/png',
      buffer: Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
    });
    await page.getByRole('alert').waitFor();
    expect(await page.getByTestId('document').count()).toBe(1);
  });
});
