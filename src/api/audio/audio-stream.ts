import { once } from 'node:events';
import type { Response } from 'express';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { HearingEvent, Spoken } from '../../orchestration/speech/speech.service.js';
import { countTokens } from '../../core/util/token-estimate.js';
import { asCozyError, errorBody } from '../errors/error-body.js';
import type { EventStream } from '../http/event-stream.js';
import { requestIdOf } from '../http/request-context.middleware.js';
import type { SpeechFormat } from './audio.dto.js';
import { usageOf } from './transcript-body.js';

const MEDIA_TYPES: Readonly<Record<SpeechFormat, string>> = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
};

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
const errorEvent = (body: object): string => event({ type: 'error', ...body });
const namedEvent = (type: string, data: object): string => `event: ${type}\n${event({ type, ...data })}`;

/** Sends sound as it is made, as fast as it is taken. What breaks off cuts the connection: half a sound is no sound. */
export async function sendSound({ format, sound }: Spoken, response: Response): Promise<void> {
  response.status(200).set({ 'Content-Type': MEDIA_TYPES[format], 'Cache-Control': 'no-store' });
  try {
    for await (const piece of sound) {
      if (response.destroyed) return;
      if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    response.end();
  } catch (error) {
    response.destroy();
    if (!(error instanceof CozyError)) throw error;
  }
}

/** How one protocol tells of sound in server-sent events. */
export interface SoundEvents {
  chunk: (audio: string, seq: number) => string;
  done: (chunks: number) => string;
  error: (body: object) => string;
}

/** OpenAI's own. Services tell no token counts, so the text's are estimated. */
export const openAiSound = (text: string): SoundEvents => ({
  chunk: (audio) => event({ type: 'speech.audio.delta', audio }),
  done: () => {
    const tokens = countTokens(text);
    const usage = { input_tokens: tokens, output_tokens: 0, total_tokens: tokens, estimated: true };
    return event({ type: 'speech.audio.done', usage });
  },
  error: errorEvent,
});

/** The engine's own: numbered pieces, each under the name of its event. */
export const cozySound = (format: SpeechFormat): SoundEvents => ({
  chunk: (audio, seq) => namedEvent('audio_chunk', { seq, format, audio }),
  done: (chunks) => namedEvent('done', { chunks, format }),
  error: (body) => namedEvent('error', body),
});

export async function sendSoundEvents(
  { sound }: Spoken,
  events: SoundEvents,
  stream: EventStream,
  response: Response,
): Promise<void> {
  let seq = 0;
  await told(stream, response, events.error, async () => {
    for await (const piece of sound) await stream.write(events.chunk(Buffer.from(piece).toString('base64'), seq++));
    stream.end(events.done(seq));
  });
}

/** OpenAI's `transcript.text.delta` … `transcript.text.done`. What fails before the first of them is thrown. */
export async function sendTranscriptEvents(
  hearing: AsyncIterable<HearingEvent>,
  stream: EventStream,
  response: Response,
): Promise<void> {
  await told(stream, response, errorEvent, async () => {
    for await (const heard of hearing) {
      if (heard.type === 'text-delta') await stream.write(event({ type: 'transcript.text.delta', delta: heard.text }));
      else {
        const { transcript } = heard;
        stream.end(event({ type: 'transcript.text.done', text: transcript.text, ...usageOf(transcript) }));
      }
    }
  });
}

/** What goes wrong after the first byte travels in the stream. */
async function told(
  stream: EventStream,
  response: Response,
  failed: (body: object) => string,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!stream.isStarted) throw error;
    stream.end(failed(errorBody(asCozyError(error), requestIdOf(response))));
  } finally {
    stream.stop();
  }
}
