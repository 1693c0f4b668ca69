import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is parsed whatever it holds: it takes a tenth of a second at most. */
const SMALL_BYTES = 1_048_576;
/**
 * Texts, commas, colons, and brackets that open. 20 MB with as many are parsed within 100 ms, 20 MB of nothing else take
 * 2.8 s, during which the process does nothing else (Node 20, one core of a server).
 */
export const MOST_PARTS = 500_000;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const isPart = (byte: number) => byte === 0x2c || byte === 0x3a || byte === 0x5b || byte === 0x7b;

/** Where the text that begins at `start` ends: at its closing quote, or with the JSON. */
function endOfText(json: Buffer, start: number): number {
  const quote = json.indexOf(QUOTE, start + 1);
  if (quote === -1) return json.length;
  if (json[quote - 1] !== BACKSLASH) return quote;
  let at = start + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** Whether JSON in UTF-8 has more parts than `most`: one pass, which makes nothing. What is no JSON gives any answer. */
export function hasMoreParts(json: Buffer, most: number): boolean {
  let parts = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) at = endOfText(json, at);
    else if (!isPart(byte)) continue;
    parts += 1;
    if (parts > most) return true;
  }
  return false;
}

/**
 * For body-parser, before it parses: throws errors of its kind, told apart by `type`. A large body must be in UTF-8, or
 * bytes that look like quotes could hide its parts.
 */
export function verifyParts(_request: IncomingMessage, _response: ServerResponse, body: Buffer, charset: string): void {
  if (body.length <= SMALL_BYTES) return;
  if (charset !== 'utf-8')
    throw Object.assign(new Error('A large body in another charset'), { type: 'charset.unsupported' });
  if (hasMoreParts(body, MOST_PARTS))
    throw Object.assign(new Error('A body of too many parts'), { type: 'parts.too.many' });
}
