import { Body, Controller, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { AppSection } from '../../core/config/sections/app.section.js';
import type { Principal } from '../../core/domain/principal.js';
import { PersonalityService } from '../../orchestration/personalities/personality.service.js';
import { Caller, Scopes } from '../auth/access.decorator.js';
import { ApiTags } from '../docs/document.decorator.js';
import { ownAddress } from '../http/own-address.js';
import { RealtimeConfigDto, RealtimeTokenDto } from '../openai-realtime/client-secret.dto.js';
import { ClientSecrets } from '../openai-realtime/client-secrets.js';

/** Bytes of PCM16 at 24 kHz that a client may gather before it sends them: 20 ms, and what one event may hold. */
const AUDIO_BUFFER = { min_size: 960, max_size: 3_145_728 };
const STANDARD_TEMPERATURE = 0.8;
const STANDARD_TOKENS = 4096;
const STANDARD_VOICE = 'alloy';
const STANDARD_TRANSCRIPTION = 'gpt-4o-mini-transcribe';

/** What the CozyChat web app asks before it speaks with OpenAI's own clients: to this server, and to nobody else. */
@ApiTags('Realtime')
@Controller('v1/config')
export class RealtimeConfigController {
  constructor(
    private readonly secrets: ClientSecrets,
    private readonly personalities: PersonalityService,
    private readonly app: AppSection,
  ) {}

  @Get('openai-config')
  @Scopes('chat:read', 'chat:write', 'realtime')
  openAi(@Req() request: Request) {
    return { base_url: `${ownAddress(request, this.app.public_url)}/v1` };
  }

  @Post('realtime-token')
  @Scopes('realtime')
  @HttpCode(200)
  async token(@Caller() principal: Principal, @Body() dto: RealtimeTokenDto, @Req() request: Request) {
    const { personality_id, session_id, model, voice } = dto;
    const session = voice ? { audio: { output: { voice } } } : {};
    const issued = await this.secrets.issue(principal, { personality_id, session_id, model, session });
    const here = ownAddress(request, this.app.public_url);
    return {
      token: issued.value,
      expires_at: issued.expires_at,
      model: issued.session.model,
      url: `${here}/v1/realtime/calls`,
      websocket_url: `${here.replace(/^http/, 'ws')}/v1/realtime`,
    };
  }

  @Get('realtime-config')
  @Scopes('chat:read', 'chat:write', 'realtime')
  config(@Query() { personality_id: id }: RealtimeConfigDto) {
    const { id: name, ai, voice } = id ? this.personalities.get(id) : this.personalities.default;
    const { realtime, tts, stt } = voice;
    return {
      voice: realtime.voice ?? tts.voice ?? STANDARD_VOICE,
      model: `cozy/${name}`,
      temperature: ai.temperature ?? STANDARD_TEMPERATURE,
      max_response_output_tokens: ai.max_tokens ?? STANDARD_TOKENS,
      input_audio_transcription: { model: stt.model ?? STANDARD_TRANSCRIPTION, ...realtime.input_audio_transcription },
      transport: { type: realtime.transport.type === 'webrtc' ? 'webrtc' : 'websocket' },
      websocket: { audio_buffer: AUDIO_BUFFER },
    };
  }
}
