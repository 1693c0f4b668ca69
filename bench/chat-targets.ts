import { newSession, type Person, some, type Target } from './load.js';

/** The same questions to three places: the provider, a proxy that only passes on, and the server, stored and personalised. */
export interface Targets {
  direct: Target;
  proxy: Target;
  stored: Target;
}

export interface Places {
  simulator: string;
  proxy: string;
  server: string;
}

const body = (text: string, more: object) =>
  JSON.stringify({ stream: true, messages: [{ role: 'user', content: text }], ...more });

const plain = (base: string, words: (turn: number) => string): Target => ({
  url: `${base}/chat/completions`,
  headers: () => ({ authorization: 'Bearer any' }),
  body: (turn) => body(words(turn), { model: 'gpt-4o-mini', stream_options: { include_usage: true } }),
});

/** Everybody has one new session; turn `n` is the next one of person `n` modulo their number. */
export async function targetsOf(places: Places, persons: Person[], words: (turn: number) => string): Promise<Targets> {
  const sessions = await some(persons.length, (at) => newSession(places.server, persons[at] as Person));
  return {
    direct: plain(places.simulator, words),
    proxy: plain(places.proxy, words),
    stored: {
      url: `${places.server}/v1/chat/completions`,
      headers: (turn) => ({ authorization: `Bearer ${persons[turn % persons.length]?.token}` }),
      body: (turn) => body(words(turn), { cozy: { session_id: sessions[turn % persons.length] } }),
    },
  };
}
