import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';
import { ApiSection } from './sections/api.section.js';
import { AppSection } from './sections/app.section.js';
import { CanarySection } from './sections/canary.section.js';
import { ContextSection } from './sections/context.section.js';
import { EnginesSection } from './sections/engines.section.js';
import { MediaSection } from './sections/media.section.js';
import { ObservabilitySection } from './sections/observability.section.js';
import { SecuritySection } from './sections/security.section.js';
import { StorageSection } from './sections/storage.section.js';
import { ToolsSection } from './sections/tools.section.js';
import { VoiceSection } from './sections/voice.section.js';

/** The whole configuration, one section a file of `config/`. Code defaults stand in the sections. */
export class CozyConfig {
  @ValidateNested() @Type(() => AppSection) app = new AppSection();
  @ValidateNested() @Type(() => ApiSection) api = new ApiSection();
  @ValidateNested() @Type(() => EnginesSection) engines = new EnginesSection();
  @ValidateNested() @Type(() => ContextSection) context = new ContextSection();
  @ValidateNested() @Type(() => ToolsSection) tools = new ToolsSection();
  @ValidateNested() @Type(() => VoiceSection) voice = new VoiceSection();
  @ValidateNested() @Type(() => MediaSection) media = new MediaSection();
  @ValidateNested() @Type(() => StorageSection) storage = new StorageSection();
  @ValidateNested() @Type(() => ObservabilitySection) observability = new ObservabilitySection();
  @ValidateNested() @Type(() => SecuritySection) security = new SecuritySection();
  @ValidateNested() @Type(() => CanarySection) canary = new CanarySection();
}

export const SECTIONS = {
  app: AppSection,
  api: ApiSection,
  engines: EnginesSection,
  context: ContextSection,
  tools: ToolsSection,
  voice: VoiceSection,
  media: MediaSection,
  storage: StorageSection,
  observability: ObservabilitySection,
  security: SecuritySection,
  canary: CanarySection,
} as const;

export type SectionName = keyof typeof SECTIONS;
