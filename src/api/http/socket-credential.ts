import type { IncomingHttpHeaders } from 'node:http';

const BEARER = /^Bearer +(\S{1,4096})$/i;
const IN_QUERY = ['ticket', 'token', 'access_token'];
/** Browsers may choose nothing but address and subprotocols; the first is how OpenAI's own clients do it. */
const IN_SUBPROTOCOL = ['openai-insecure-api-key.', 'bearer.', 'ticket.'];
const MOST_CHARACTERS = 4096;

/** The subprotocols that the client offers, without those that carry a credential. */
export function offeredProtocols(headers: IncomingHttpHeaders): string[] {
  return protocolsOf(headers).filter((name) => !IN_SUBPROTOCOL.some((prefix) => name.startsWith(prefix)));
}

/** Token, API key or ticket of a WebSocket's handshake: in a header, in the query or in a subprotocol. */
export function socketCredential(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const found =
    BEARER.exec(headers.authorization ?? '')?.[1] ??
    IN_QUERY.map((name) => query.get(name)).find((value) => value !== null && value !== '') ??
    inSubprotocol(headers);
  return found !== undefined && found.length <= MOST_CHARACTERS ? found : undefined;
}

function inSubprotocol(headers: IncomingHttpHeaders): string | undefined {
  for (const name of protocolsOf(headers)) {
    const prefix = IN_SUBPROTOCOL.find((start) => name.startsWith(start));
    if (prefix !== undefined) return name.slice(prefix.length);
  }
  return undefined;
}

const protocolsOf = (headers: IncomingHttpHeaders): string[] =>
  (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
