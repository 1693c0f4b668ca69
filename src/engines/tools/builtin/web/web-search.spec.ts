import { afterEach, describe, expect, it } from 'vitest';
import { type WebHandler, WebServers } from '../../../../../test/fakes/web-server.js';
import type { ToolCaller } from '../../tool.port.js';
import { webSearchTool } from './web-search.js';

const CALLER: ToolCaller = { userId: 'u', sessionId: null, personalityId: 'p', datasets: [] };
const servers = new WebServers();
afterEach(() => servers.closeAll());

const ask = async (section: Parameters<typeof webSearchTool>[0], args: object, signal = new AbortController().signal) =>
  webSearchTool(section)?.run({ ...args }, CALLER, signal);

/** As a SearXNG of 2026 answers. */
const SEARXNG = {
  query: 'node release',
  number_of_results: 0,
  results: [
    {
      url: 'https://nodejs.org/en/about/previous-releases',
      title: 'Node.js — Node.js Releases',
      content: 'Major Node.js versions enter Current release status for six months.',
      publishedDate: null,
      thumbnail: '',
      engine: 'duckduckgo',
      template: 'default.html',
      parsed_url: ['https', 'nodejs.org', '/en/about/previous-releases', '', '', ''],
      engines: ['duckduckgo', 'brave'],
      positions: [1, 1],
      score: 4,
      category: 'general',
    },
    { url: 'https://nodejs.org/en/about/previous-releases', title: 'The same again', content: '' },
    { url: 'javascript:alert(1)', title: 'Odd address', content: 'x' },
    { url: 'https://example.com/untitled', title: '', content: 'x' },
    null,
    { url: 'https://endoflife.date/nodejs', title: 'Node.js | endoflife.date', content: null },
    { url: 'https://example.com/long', title: 't'.repeat(500), content: 's'.repeat(5000) },
  ],
  answers: [],
  corrections: [],
  infoboxes: [],
  suggestions: ['node release schedule'],
  unresponsive_engines: [['google', 'CAPTCHA']],
};

/** As Brave answers. */
const BRAVE = {
  type: 'search',
  query: { original: 'node release', show_strict_warning: false, more_results_available: true },
  mixed: { type: 'mixed', main: [{ type: 'web', index: 0, all: false }] },
  web: {
    type: 'search',
    results: [
      {
        title: 'Node.js &amp; friends',
        url: 'https://nodejs.org/',
        is_source_local: false,
        description: 'Node.js is a <strong>runtime</strong> environment &#39;built&#39; on V8.',
        page_age: '2026-01-15T10:00:00',
        profile: { name: 'Node.js', url: 'https://nodejs.org/', long_name: 'nodejs.org', img: 'https://imgs.example/' },
        language: 'en',
        family_friendly: true,
        meta_url: { scheme: 'https', netloc: 'nodejs.org', hostname: 'nodejs.org', favicon: '', path: '' },
      },
      { title: 'Second', url: 'https://example.com/2', description: 'Two' },
    ],
    family_friendly: true,
  },
};

describe('web_search by SearXNG', () => {
  it('asks for JSON and lists what was found', async () => {
    const { origin, asked } = await servers.serveJson(() => SEARXNG);
    const found = await ask({ provider: 'searxng', base_url: `${origin}/searx/` }, { query: 'node & release' });
    expect(asked).toMatchObject([{ path: '/searx/search', query: { q: 'node & release', format: 'json' } }]);
    expect(found?.text).toMatch(
      /^1\. Node\.js — Node\.js Releases\n {3}https:\/\/nodejs\.org\/en\/about\/previous-releases\n {3}Major [^\n]*\n2\. Node\.js \| endoflife\.date\n {3}https:\/\/endoflife\.date\/nodejs\n3\. t{199}…\n[^\n]+\n {3}s{499}…$/,
    );
    expect(found?.structured).toMatchObject({ query: 'node & release', results: [{ title: /Releases/ }, {}, {}] });
  });

  it('gives no more than asked for', async () => {
    const { origin } = await servers.serveJson(() => SEARXNG);
    const found = await ask({ provider: 'searxng', base_url: origin }, { query: 'a', count: 1 });
    expect(found?.structured).toMatchObject({ results: [{ url: 'https://nodejs.org/en/about/previous-releases' }] });
  });

  it('says when there is nothing', async () => {
    const { origin } = await servers.serveJson(() => ({ ...SEARXNG, results: [] }));
    expect((await ask({ provider: 'searxng', base_url: origin }, { query: 'a' }))?.text).toMatch('Nothing was found');
  });

  it('signs in with the user name of its address', async () => {
    const { origin, asked } = await servers.serveJson(() => SEARXNG);
    await ask({ provider: 'searxng', base_url: origin.replace('//', '//me:p%40ss@') }, { query: 'a' });
    const basic = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    expect(asked).toMatchObject([{ headers: { authorization: basic } }]);
  });
});

describe('web_search by Brave', () => {
  it('sends its token and lists plain text', async () => {
    const { origin, asked } = await servers.serveJson(() => BRAVE);
    const found = await ask({ provider: 'brave', base_url: origin, api_key: 'token' }, { query: 'node', count: 2 });
    expect(asked).toMatchObject([
      {
        path: '/res/v1/web/search',
        query: { q: 'node', count: '2' },
        headers: { 'x-subscription-token': 'token', accept: 'application/json' },
      },
    ]);
    expect(found?.structured).toEqual({
      query: 'node',
      results: [
        {
          title: 'Node.js & friends',
          url: 'https://nodejs.org/',
          snippet: "Node.js is a runtime environment 'built' on V8.",
        },
        { title: 'Second', url: 'https://example.com/2', snippet: 'Two' },
      ],
    });
  });

  it('knows an answer without results', async () => {
    const { origin } = await servers.serveJson(() => ({ type: 'search', query: { original: 'a' } }));
    const found = await ask({ provider: 'brave', base_url: origin, api_key: 'token' }, { query: 'a' });
    expect(found?.structured).toEqual({ query: 'a', results: [] });
  });
});

describe('failures of a web search', () => {
  const answering =
    (status: number, body: string, headers: Record<string, string> = {}): WebHandler =>
    (_, response) =>
      void response.writeHead(status, headers).end(body);

  it.each<[string, WebHandler, string, string]>([
    ['no permission', answering(403, 'secret words'), 'TOOL_FAILED', 'Do not try again'],
    ['a wrong token', answering(401, 'secret words'), 'TOOL_FAILED', 'Do not try again'],
    ['another refusal', answering(422, 'secret words'), 'TOOL_FAILED', 'Try other arguments'],
    ['too many requests', answering(429, 'secret words', { 'retry-after': '7' }), 'TOOL_UNAVAILABLE', 'too often'],
    ['a broken server', answering(502, 'secret words'), 'TOOL_UNAVAILABLE', 'Try again later'],
    ['a page', answering(200, '<html>secret words'), 'TOOL_FAILED', 'could not be understood'],
    ['other JSON', answering(200, '{"secret words":[]}'), 'TOOL_FAILED', 'could not be understood'],
    ['a list', answering(200, '["secret words"]'), 'TOOL_FAILED', 'could not be understood'],
    ['a huge answer', answering(200, 'secret words'.repeat(1e6)), 'TOOL_FAILED', 'too large'],
    ['a redirect inside', answering(302, '', { location: 'http://127.0.0.1:1/' }), 'TOOL_FAILED', 'not set up rightly'],
    ['a hang-up', (request) => void request.socket.destroy(), 'TOOL_UNAVAILABLE', 'cannot be reached'],
  ])('%s', async (_, handler, code, words) => {
    const origin = await servers.serve(handler);
    const error: unknown = await ask({ provider: 'searxng', base_url: origin }, { query: 'a' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code });
    expect(String(error)).toMatch(words);
    expect(String(error)).not.toMatch(/secret|127\.0/);
  });

  it('hands on how long to wait', async () => {
    const origin = await servers.serve(answering(429, '', { 'retry-after': '6.2' }));
    const call = ask({ provider: 'searxng', base_url: origin }, { query: 'a' });
    await expect(call).rejects.toMatchObject({ retryAfterSeconds: 7 });
    const dated = await servers.serve(answering(429, '', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }));
    await expect(ask({ provider: 'searxng', base_url: dated }, { query: 'a' })).rejects.toMatchObject({
      retryAfterSeconds: undefined,
    });
  });

  it('a server that never answers, until the signal ends it', async () => {
    const origin = await servers.serve(() => undefined);
    const call = ask({ provider: 'searxng', base_url: origin }, { query: 'a' }, AbortSignal.timeout(30));
    await expect(call).rejects.toMatchObject({ code: 'TOOL_TIMEOUT' });
  });
});
