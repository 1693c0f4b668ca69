import { describe, expect, it } from 'vitest';
import type { Heard } from '../../orchestration/speech/speech.service.js';
import { transcriptBody } from './transcript-body.js';

const heard = (more: Partial<Heard> = {}): Heard => ({
  text: 'One. Two.',
  language: 'en',
  durationSeconds: 3661.5,
  segments: [],
  ...more,
});

describe('subtitles', () => {
  it.each([
    ['srt', '1\n00:00:00,000 --> 01:01:01,500\nOne. Two.\n'],
    ['vtt', 'WEBVTT\n\n00:00:00.000 --> 01:01:01.500\nOne. Two.\n'],
  ] as const)('as %s are one cue where there are no segments', (format, expected) => {
    expect(transcriptBody(heard(), format)).toBe(expected);
  });

  it('cannot be broken by what was said', () => {
    const segments = [{ text: 'a\n\nb --> c', startSeconds: 0, endSeconds: 1 }];
    expect(transcriptBody(heard({ segments }), 'srt')).toBe('1\n00:00:00,000 --> 00:00:01,000\na\nb → c\n');
  });

  it('are missing where nobody knows how long it was, and empty for silence', () => {
    expect(transcriptBody(heard({ durationSeconds: null }), 'vtt')).toBeUndefined();
    expect(transcriptBody(heard({ text: '', durationSeconds: null }), 'srt')).toBe('');
  });
});

describe('other formats', () => {
  it.each([
    ['json', { text: 'One. Two.', usage: { type: 'duration', seconds: 3662 } }],
    ['text', 'One. Two.\n'],
    ['verbose_json', expect.objectContaining({ task: 'transcribe', language: 'en', duration: 3661.5, segments: [] })],
  ] as const)('%s', (format, expected) => {
    expect(transcriptBody(heard(), format)).toEqual(expected);
  });
});
