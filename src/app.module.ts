import { type DynamicModule, Module } from '@nestjs/common';
import { ApiModule } from './api/api.module.js';
import { ContextModule } from './context/context.module.js';
import type { LoadedConfig } from './core/config/load-config.js';
import { CoreModule } from './core/core.module.js';
import type { Logger } from './core/logging/logger.js';
import { EnginesModule } from './engines/engines.module.js';
import { OrchestrationModule } from './orchestration/orchestration.module.js';
import { StorageModule } from './storage/storage.module.js';

/** Puts the layers on top of each other; each is given only those it may use. */
@Module({})
export class AppModule {
  static register(loaded: LoadedConfig, logger: Logger): DynamicModule {
    const { role } = loaded.config.app;
    const core = CoreModule.register(loaded, logger);
    const storage = StorageModule.register(core);
    const engines = EnginesModule.register({ core, storage });
    const context = ContextModule.register({ core, storage, engines });
    const orchestration = OrchestrationModule.register({ core, storage, engines, context }, role);
    const api = ApiModule.register({ core, orchestration }, role);
    return { module: AppModule, imports: [api] };
  }
}
