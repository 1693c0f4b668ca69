import type { Heard } from '../../orchestration/speech/speech.service.js';

export const TRANSCRIPT_FORMATS = ['json', 'text', 'verbose_json', 'srt', 'vtt'] as const;
export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number];

/** Those that tell when something was said. */
export const isTimed = (format: TranscriptFormat): boolean => ['verbose_json', 'srt', 'vtt'].includes(format);

interface Cue {
  text: string;
  startSeconds: number;
  endSeconds: number;
}

/** The answer in the wished format: an object is sent as JSON, a text as it is. Undefined where times are missing. */
export function transcriptBody(heard: Heard, format: TranscriptFormat): object | string | undefined {
  switch (format) {
    case 'json':
      return { text: heard.text, ...usageOf(heard) };
    case 'text':
      return `${heard.text}\n`;
    case 'verbose_json':
      return verbose(heard);
    case 'srt':
      return withCues(heard, (cues) => cues.map(srtCue).join('\n'));
    case 'vtt':
      return withCues(heard, (cues) => `WEBVTT\n\n${cues.map(vttCue).join('\n')}`);
  }
}

/** As OpenAI bills whatever is not counted in tokens. */
export function usageOf({ durationSeconds }: Heard): object {
  return durationSeconds === null ? {} : { usage: { type: 'duration', seconds: Math.ceil(durationSeconds) } };
}

function verbose(heard: Heard): object {
  const { text, language, durationSeconds, segments } = heard;
  return {
    task: 'transcribe',
    language: language ?? '',
    duration: durationSeconds ?? segments.at(-1)?.endSeconds ?? 0,
    text,
    segments: segments.map((segment, id) => ({
      id,
      seek: 0,
      start: segment.startSeconds,
      end: segment.endSeconds,
      text: segment.text,
      tokens: [],
      temperature: 0,
      avg_logprob: 0,
      compression_ratio: 0,
      no_speech_prob: 0,
    })),
    ...usageOf(heard),
  };
}

/** Without segments the whole text is one, if it is known how long it is. */
function withCues({ text, segments, durationSeconds }: Heard, write: (cues: readonly Cue[]) => string) {
  if (segments.length > 0) return write(segments);
  if (text === '') return write([]);
  return durationSeconds === null ? undefined : write([{ text, startSeconds: 0, endSeconds: durationSeconds }]);
}

const srtCue = ({ text, startSeconds, endSeconds }: Cue, index: number): string =>
  `${index + 1}\n${clock(startSeconds, ',')} --> ${clock(endSeconds, ',')}\n${oneBlock(text)}\n`;

const vttCue = ({ text, startSeconds, endSeconds }: Cue): string =>
  `${clock(startSeconds, '.')} --> ${clock(endSeconds, '.')}\n${oneBlock(text)}\n`;

/** A blank line would end the cue, and an arrow begin another. */
const oneBlock = (text: string): string => text.replaceAll(/\n{2,}/g, '\n').replaceAll('-->', '→');

function clock(seconds: number, point: string): string {
  const milliseconds = Math.round(seconds * 1000);
  const part = (divisor: number, modulus: number, digits: number) =>
    String(Math.floor(milliseconds / divisor) % modulus).padStart(digits, '0');
  return `${part(3_600_000, 1000, 2)}:${part(60_000, 60, 2)}:${part(1000, 60, 2)}${point}${part(1, 1000, 3)}`;
}
