export type Route = { page: 'home' } | { page: 'chat'; sessionId: string; messageId: string | null };

const CHAT = /^#\/chat\/([^/]+)(?:\/([^/]+))?$/;

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
  const match = CHAT.exec(hash);
  if (!match?.[1]) return { page: 'home' };
  return { page: 'chat', sessionId: decode(match[1]), messageId: match[2] ? decode(match[2]) : null };
}

export function routeHash(route: Route): string {
  if (route.page === 'home') return '#/';
  const tail = route.messageId ? `/${encodeURIComponent(route.messageId)}` : '';
  return `#/chat/${encodeURIComponent(route.sessionId)}${tail}`;
}
