/** The parts of the page "What I know about you". */
export type KnownPart = 'memories' | 'facts' | 'documents';

export type Route =
  | { page: 'home' }
  | { page: 'chat'; sessionId: string; messageId: string | null }
  | { page: 'memory'; part: KnownPart };

const CHAT = /^#\/chat\/([^/]+)(?:\/([^/]+))?$/;
const MEMORY = /^#\/memory(?:\/(facts|documents))?\/?$/;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A hand-made address with a stray percent sign: taken as it is, the server answers 404.
    return text;
  }
}

/** The open chat is in the address: reload, back and bookmarks then work without further state. */
export function parseRoute(hash: string): Route {
  const known = MEMORY.exec(hash);
  if (known) return { page: 'memory', part: (known[1] as KnownPart | undefined) ?? 'memories' };
  const match = CHAT.exec(hash);
  if (!match?.[1]) return { page: 'home' };
  return { page: 'chat', sessionId: decode(match[1]), messageId: match[2] ? decode(match[2]) : null };
}

export function routeHash(route: Route): string {
  if (route.page === 'home') return '#/';
  if (route.page === 'memory') return route.part === 'memories' ? '#/memory' : `#/memory/${route.part}`;
  const tail = route.messageId ? `/${encodeURIComponent(route.messageId)}` : '';
  return `#/chat/${encodeURIComponent(route.sessionId)}${tail}`;
}
