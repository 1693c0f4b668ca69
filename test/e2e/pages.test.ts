import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { call } from '../setup/account.js';
import { testServer } from '../setup/test-server.js';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

let url: string;
beforeAll(async () => {
  ({ url } = await testServer());
});

const get = (route: string, accept?: string) => call(url, 'GET', route, accept ? { headers: { Accept: accept } } : {});

const type = (headers: Headers) => headers.get('content-type')?.split(';')[0];

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

/** Everything a page loads by itself. */
const loadedBy = (page: string) =>
  [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => new URL(address ?? '', url).href);

describe('/', () => {
  it.each([
    ['a browser', BROWSER, 'text/html'],
    ['somebody who prefers a page', 'text/html, application/json;q=0.5', 'text/html'],
    ['a program', 'application/json', 'application/json'],
    ['somebody who prefers JSON', 'application/json, text/html;q=0.5', 'application/json'],
    ['curl', '*/*', 'application/json'],
    ['somebody who takes pictures only', 'image/png', 'application/json'],
  ])('gives %s what it asks for', async (_, accept, expected) => {
    const { status, headers } = await get('/', accept);
    expect({ status, type: type(headers) }).toEqual({ status: 200, type: expected });
    expect(headers.get('vary')).toMatch(/Accept/);
  });

  it('tells programs name and version', async () => {
    expect((await get('/', 'application/json')).body).toEqual({
      name: 'CozyEngine',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });
});

describe.each([
  ['the console', '/', BROWSER],
  ['the API docs', '/docs', BROWSER],
])('%s', (_, route, accept) => {
  it('has no inline script, no inline handler and nothing from elsewhere', async () => {
    const page = (await get(route, accept)).body as string;
    expect(page.match(/<script(?![^>]*\ssrc=)[^>]*>/g)).toBeNull();
    expect(page.match(/<[^>]+\son[a-z]+=/gi)).toBeNull();
    expect(page).not.toMatch(/javascript:/i);
    for (const address of loadedBy(page)) expect(new URL(address).origin).toBe(url);
  });

  it('finds everything it loads', async () => {
    const addresses = loadedBy((await get(route, accept)).body as string);
    expect(addresses.length).toBeGreaterThan(0);
    const statuses = await Promise.all(addresses.map(async (address) => [address, (await fetch(address)).status]));
    expect(statuses).toEqual(addresses.map((address) => [address, 200]));
  });
});

describe('/openapi.json', () => {
  it('is an OpenAPI document in which every reference can be followed', async () => {
    const { body } = await get('/openapi.json');
    expect(body.openapi).toMatch(/^3\./);
    expect(body.info).toMatchObject({ title: 'CozyEngine', version: expect.stringMatching(/^\d/) });
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(0);
    for (const [, name] of references) expect(body.components.schemas).toHaveProperty([name ?? '']);
  });

  it('describes every field that is checked: those that must be given are required', async () => {
    const { body } = await get('/openapi.json');
    expect(body.components.schemas.RegisterDto).toMatchObject({
      required: ['username', 'email', 'password'],
      properties: {
        username: { type: 'string', minLength: 3, maxLength: 20 },
        password: { minLength: 6 },
      },
    });
  });
});

describe.skipIf(!existsSync(CHROMIUM))(`in a browser (${CHROMIUM})`, () => {
  it('the API docs show the routes under the server’s own content security policy', async () => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      await page.goto(`${url}/docs`);
      await page.getByText('/v1/chat/completions', { exact: true }).first().waitFor();
      // Styles within the page's own pictures cannot do harm; scripts could.
      expect(problems.filter((problem) => !/style/i.test(problem))).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
