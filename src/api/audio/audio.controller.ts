import { Body, Controller, HttpCode, Post, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import { ApiSection } from '../../core/config/sections/api.section.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { HttpMetrics } from '../../core/metrics/http-metrics.js';
import type { UploadedAudio } from '../../orchestration/speech/audio-format.js';
import { SpeechService } from '../../orchestration/speech/speech.service.js';
import { Scopes } from '../auth/access.decorator.js';
import { LimitedAs } from '../auth/rate-limit.guard.js';
import { ApiConsumes, ApiProduces, ApiTags } from '../docs/document.decorator.js';
import { EventStream } from '../http/event-stream.js';
import { requestSignal } from '../http/request-signal.js';
import { SpeechDto, TranscriptionDto } from './audio.dto.js';
import { hearingWish, speakingWish } from './audio-wish.js';
import { cozySound, openAiSound, sendSound, sendSoundEvents, sendTranscriptEvents } from './audio-stream.js';
import { transcriptBody } from './transcript-body.js';
import { AudioUpload, Recording } from './upload.js';

const PING = ': ping\n\n';

@ApiTags('Audio')
@Controller('v1/audio')
@Scopes('audio')
export class AudioController {
  constructor(
    private readonly speech: SpeechService,
    private readonly section: ApiSection,
    private readonly lifecycle: Lifecycle,
    private readonly metrics: HttpMetrics,
  ) {}

  @Post(['transcriptions', 'stt'])
  @HttpCode(200)
  @LimitedAs('upload')
  @UseInterceptors(AudioUpload())
  @ApiConsumes('multipart/form-data')
  @ApiProduces('application/json', 'text/plain', 'text/vtt', 'text/event-stream')
  async transcribe(
    @Recording() file: UploadedAudio,
    @Body() dto: TranscriptionDto,
    @Res() response: Response,
  ): Promise<void> {
    const wish = hearingWish(dto);
    const recording = { ...file, sampleRate: dto.sample_rate ?? undefined };
    const signal = requestSignal(response, this.lifecycle);
    if (dto.stream === true) {
      const hearing = this.speech.follow(recording, wish, signal);
      return this.alive(response, signal, () => sendTranscriptEvents(hearing, this.events(response), response));
    }
    await this.alive(response, signal, async () => {
      const format = dto.response_format ?? 'json';
      const body = transcriptBody(await this.speech.transcribe(recording, wish, signal), format);
      if (body === undefined) {
        throw new CozyError('ENGINE_CAPABILITY_MISSING', {
          message: 'The speech-to-text service tells no times, which srt and vtt need. Ask for json or text.',
          param: 'response_format',
        });
      }
      if (typeof body === 'object') response.json(body);
      else response.type(format === 'vtt' ? 'text/vtt; charset=utf-8' : 'text/plain; charset=utf-8').send(body);
    });
  }

  @Post(['speech', 'tts'])
  @HttpCode(200)
  @ApiProduces('audio/mpeg', 'audio/ogg', 'audio/aac', 'audio/flac', 'audio/wav', 'audio/pcm', 'text/event-stream')
  async speak(@Body() dto: SpeechDto, @Res() response: Response): Promise<void> {
    const signal = requestSignal(response, this.lifecycle);
    await this.alive(response, signal, async () => {
      const wish = speakingWish(dto);
      const spoken = await this.speech.speak(wish, signal);
      if (dto.stream_format !== 'sse') return sendSound(spoken, response);
      return sendSoundEvents(spoken, openAiSound(wish.text), this.events(response), response);
    });
  }

  /** Numbered pieces in base64: `audio_chunk`, and `done` at the end. */
  @Post('tts/stream')
  @HttpCode(200)
  @ApiProduces('text/event-stream')
  async speakInEvents(@Body() dto: SpeechDto, @Res() response: Response): Promise<void> {
    const signal = requestSignal(response, this.lifecycle);
    await this.alive(response, signal, async () => {
      const spoken = await this.speech.speak(speakingWish(dto), signal);
      return sendSoundEvents(spoken, cozySound(spoken.format), this.events(response), response);
    });
  }

  private events(response: Response): EventStream {
    return new EventStream(response, PING, this.section.sse_heartbeat_ms, (delta) => this.metrics.streams.inc(delta));
  }

  /** What an aborted signal throws is nobody's error: either the client has left, or the server ends. */
  private async alive(response: Response, signal: AbortSignal, answer: () => Promise<void>): Promise<void> {
    try {
      await answer();
    } catch (error) {
      if (!signal.aborted) throw error;
      if (response.destroyed) return;
      if (response.headersSent) response.destroy();
      else throw new CozyError('INTERNAL_SHUTTING_DOWN', { cause: error });
    }
  }
}
