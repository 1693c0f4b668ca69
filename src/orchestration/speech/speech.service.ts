import { Injectable } from '@nestjs/common';
import type { Personality } from '../../core/domain/personality.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { noteInRequest } from '../../core/logging/request-context.js';
import { SpeechEngines } from '../../engines/speech/speech-engines.port.js';
import type { SttEngine, SttOptions, Transcript } from '../../engines/speech/stt.port.js';
import type { SpeechFormat, SpeechRequest, TtsEngine } from '../../engines/speech/tts.port.js';
import { PersonalityService } from '../personalities/personality.service.js';
import { audioOf, type UploadedAudio } from './audio-format.js';

export type Heard = Transcript;

export type HearingEvent = { type: 'text-delta'; text: string } | { type: 'finish'; transcript: Heard };

export interface HearingWish extends SttOptions {
  /** Whose settings stand in for what is not given. */
  personalityId?: string | undefined;
}

export interface SpeakingWish {
  text: string;
  format?: SpeechFormat | undefined;
  model?: string | undefined;
  voice?: string | undefined;
  speed?: number | undefined;
  instructions?: string | undefined;
  personalityId?: string | undefined;
}

export interface Spoken {
  format: SpeechFormat;
  /** The first piece is there: what fails before it has been thrown. */
  sound: AsyncIterable<Uint8Array>;
}

/** Recordings become text, and texts sound. */
@Injectable()
export class SpeechService {
  constructor(
    private readonly engines: SpeechEngines,
    private readonly personalities: PersonalityService,
  ) {}

  async transcribe(upload: UploadedAudio, wish: HearingWish, signal: AbortSignal): Promise<Heard> {
    const { stt, options } = this.listener(wish);
    return stt.transcribe(await audioOf(upload), options, signal);
  }

  /** As `transcribe`, in pieces. What fails before the first of them is thrown by the first step. */
  async *follow(upload: UploadedAudio, wish: HearingWish, signal: AbortSignal): AsyncIterable<HearingEvent> {
    const { stt, options } = this.listener(wish);
    let told = '';
    for await (const event of stt.follow(await audioOf(upload), options, signal)) {
      const text = event.type === 'final' ? event.transcript.text : event.text;
      // A transcript that was corrected cannot be told in pieces; the end tells it whole.
      if (text.startsWith(told) && text.length > told.length) {
        yield { type: 'text-delta', text: text.slice(told.length) };
        told = text;
      }
      if (event.type === 'final') yield { type: 'finish', transcript: event.transcript };
    }
  }

  async speak(wish: SpeakingWish, signal: AbortSignal): Promise<Spoken> {
    const { tts } = this.engines;
    if (tts === null) throw notSetUp('Text to speech', 'TTS_BASE_URL');
    const request = requestOf(wish, this.personality(wish.personalityId));
    return { format: request.format, sound: await begun(tts, request, signal) };
  }

  /** Who listens, and how: for whoever brings speech of another kind. */
  listener({ personalityId, ...options }: HearingWish): { stt: SttEngine; options: SttOptions } {
    const { stt } = this.engines;
    if (stt === null) throw notSetUp('Speech to text', 'STT_BASE_URL');
    const settings = this.personality(personalityId)?.voice.stt;
    const own = settings && given({ model: settings.model, language: settings.language });
    return { stt, options: { ...own, ...given(options) } };
  }

  private personality(id: string | undefined): Personality | undefined {
    if (id === undefined) return undefined;
    const personality = this.personalities.get(id);
    noteInRequest({ personality_id: personality.id });
    return personality;
  }
}

const notSetUp = (what: string, variable: string) =>
  new CozyError('ENGINE_UNSUPPORTED', {
    message: `${what} is not set up on this server. Its operator sets OPENAI_API_KEY, OPENAI_BASE_URL or ${variable}.`,
  });

/** Without what is undefined, which would hide a default. */
function given<Options extends object>(options: Options): Partial<Options> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<Options>;
}

function requestOf({ text, format, ...wish }: SpeakingWish, personality: Personality | undefined): SpeechRequest {
  const { personalityId: _, ...asked } = wish;
  const settings = personality?.voice.tts;
  const own = settings && given({ model: settings.model, voice: settings.voice, speed: settings.speed });
  return {
    text,
    format: format ?? (settings?.format as SpeechFormat | undefined) ?? 'mp3',
    ...own,
    ...given(asked),
  };
}

async function begun(tts: TtsEngine, request: SpeechRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const rest = tts.speak(request, signal)[Symbol.asyncIterator]();
  const first = await rest.next();
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for (let piece = first; piece.done !== true; piece = await rest.next()) yield piece.value;
      } finally {
        await rest.return?.();
      }
    },
  };
}
