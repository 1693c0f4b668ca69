import { type DynamicModule, Module } from '@nestjs/common';
import { ContextService } from './context.service.js';
import { PersonalizationService } from './personalization.service.js';

/** Who, which session and what text become messages within the token budget. */
@Module({})
export class ContextModule {
  static register(layers: { core: DynamicModule; storage: DynamicModule; engines: DynamicModule }): DynamicModule {
    return {
      module: ContextModule,
      imports: [layers.core, layers.storage, layers.engines],
      providers: [ContextService, PersonalizationService],
      exports: [ContextService, PersonalizationService],
    };
  }
}
