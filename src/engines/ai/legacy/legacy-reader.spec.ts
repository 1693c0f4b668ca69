import { describe, expect, it } from 'vitest';
import { LegacyReader } from './legacy-reader.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const chunk = (delta: object) => bytes(`data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`);

describe('an answer of an earlier server', () => {
  it('begins with its first word where it is a stream', () => {
    const reader = new LegacyReader('text/event-stream; charset=utf-8', 'cozychat');
    const begun = [bytes(': ping\n\n'), chunk({ role: 'assistant', content: '' }), chunk({ content: 'Hi' })].map(
      (piece) => {
        reader.push(piece);
        return reader.standing.hasBegun;
      },
    );
    expect(begun).toEqual([false, false, true]);
  });

  it('never begins where it is JSON, as all of it comes at once', () => {
    const reader = new LegacyReader('application/json', 'cozychat');
    reader.push(bytes(JSON.stringify({ choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }] })));
    reader.end();
    expect(reader.standing).toEqual({ error: undefined, isWhole: true, hasBegun: false });
  });
});
