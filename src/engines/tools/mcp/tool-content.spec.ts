import type { ContentBlock } from '@modelcontextprotocol/client';
import { describe, expect, it } from 'vitest';
import { renderContent, toolResultOf } from './tool-content.js';

const base64 = (bytes: number): string => Buffer.alloc(bytes).toString('base64');

describe('Content blocks', () => {
  it.each<[ContentBlock, string]>([
    [{ type: 'text', text: '你好\nthere' }, '你好\nthere'],
    [{ type: 'image', mimeType: 'image/png', data: base64(1) }, '[image: image/png, 1 bytes]'],
    [{ type: 'image', mimeType: 'image/png', data: '' }, '[image: image/png, 0 bytes]'],
    [{ type: 'audio', mimeType: 'audio/wav', data: base64(2500) }, '[audio: audio/wav, 2.5 kB]'],
    [{ type: 'resource_link', uri: 'file:///a', name: 'a' }, '[resource: file:///a (a)]'],
    [
      { type: 'resource_link', uri: 'file:///a', name: 'a', title: 'A', mimeType: 'text/plain', description: 'about' },
      '[resource: file:///a (A, text/plain, about)]',
    ],
    [{ type: 'resource', resource: { uri: 'file:///a', text: 'words' } }, '[resource: file:///a]\nwords'],
    [
      { type: 'resource', resource: { uri: 'file:///a', blob: base64(3_200_000) } },
      '[resource: file:///a, application/octet-stream, 3.2 MB]',
    ],
    [{ type: 'hologram' } as unknown as ContentBlock, '[hologram]'],
  ])('are rendered: %#', (block, text) => {
    expect(renderContent([block])).toBe(text);
  });

  it('stand below each other', () => {
    const blocks = ['one', 'two'].map((text) => ({ type: 'text' as const, text }));
    expect(renderContent(blocks)).toBe('one\ntwo');
  });
});

describe('A result', () => {
  it('keeps its JSON beside its text', () => {
    const result = toolResultOf({ content: [{ type: 'text', text: 'warm' }], structuredContent: { degrees: 25 } });
    expect(result).toEqual({ text: 'warm', structured: { degrees: 25 } });
  });

  it('of JSON alone is told as text too', () => {
    expect(toolResultOf({ content: [], structuredContent: { a: 1 } })).toEqual({
      text: '{"a":1}',
      structured: { a: 1 },
    });
  });

  it('of nothing is an empty text', () => {
    expect(toolResultOf({ content: [] })).toEqual({ text: '' });
  });

  it('is cut between characters, and says so', () => {
    const { text } = toolResultOf({ content: [{ type: 'text', text: '🦊'.repeat(600_000) }] });
    expect(text.length).toBeLessThanOrEqual(1_000_000);
    expect(text).toMatch(/🦊\n\[… the rest was left out\]$/u);
  });

  it('leaves out JSON that is too large', () => {
    const structuredContent = { words: 'x'.repeat(1_000_001) };
    expect(toolResultOf({ content: [{ type: 'text', text: 'a' }], structuredContent })).toEqual({ text: 'a' });
  });
});
