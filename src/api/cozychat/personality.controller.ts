import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import type { Personality } from '../../core/domain/personality.js';
import { PersonalityReloadService } from '../../orchestration/personalities/personality-reload.service.js';
import { PersonalityService } from '../../orchestration/personalities/personality.service.js';
import { AdminOnly, Scopes } from '../auth/access.decorator.js';
import { ApiTags } from '../docs/document.decorator.js';

/** What users may see; the system prompt stays on the server. */
const summary = (personality: Personality) => ({
  id: personality.id,
  name: personality.name,
  description: personality.description,
  icon: personality.icon,
  avatar_url: personality.avatar_url ?? null,
  tags: personality.tags,
  is_default: personality.is_default,
  welcome_message: personality.welcome_message ?? null,
  traits: personality.traits,
  ai_config: {
    model: personality.ai.model ?? null,
    temperature: personality.ai.temperature ?? null,
    max_tokens: personality.ai.max_tokens ?? null,
  },
  memory_config: { enabled: personality.memory.enabled, recall_top_k: personality.memory.recall_top_k },
  tools_config: { allowed: personality.tools.allowed, mcp_servers: personality.tools.mcp_servers },
  metadata: personality.metadata,
});

function detail(personality: Personality) {
  const { realtime } = personality.voice;
  return {
    ...summary(personality),
    ai: { ...summary(personality).ai_config, system_prompt: null },
    voice: {
      realtime: {
        voice: realtime.voice ?? null,
        instructions: realtime.instructions ?? null,
        input_audio_transcription: realtime.input_audio_transcription ?? null,
        turn_detection: realtime.turn_detection,
        transport: realtime.transport,
      },
    },
  };
}

@ApiTags('Personalities')
@Controller('v1/personalities')
export class PersonalityController {
  constructor(
    private readonly personalities: PersonalityService,
    private readonly reloads: PersonalityReloadService,
  ) {}

  @Get()
  @Scopes('chat:read', 'chat:write')
  list() {
    return { data: this.personalities.list().map(summary) };
  }

  @Get(':id')
  @Scopes('chat:read', 'chat:write')
  get(@Param('id') id: string) {
    return detail(this.personalities.get(id));
  }

  @Post('reload')
  @AdminOnly()
  @HttpCode(200)
  async reload() {
    const personalities = (await this.reloads.reload()).map((personality) => personality.id);
    return { message: 'The personalities have been reloaded.', personalities };
  }
}
