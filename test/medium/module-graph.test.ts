import 'reflect-metadata';
import path from 'node:path';
import { Controller, type Abstract, type DynamicModule, Injectable, Module, type Type } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiModule } from '../../src/api/api.module.js';
import { AppModule } from '../../src/app.module.js';
import { ContextModule } from '../../src/context/context.module.js';
import { ContextService } from '../../src/context/context.service.js';
import { type LoadedConfig, loadConfig } from '../../src/core/config/load-config.js';
import { CoreModule } from '../../src/core/core.module.js';
import { Logger } from '../../src/core/logging/logger.js';
import { AiCatalog } from '../../src/engines/ai/ai-catalog.port.js';
import { EnginesModule } from '../../src/engines/engines.module.js';
import { AuthService } from '../../src/orchestration/auth/auth.service.js';
import { AccessTokenService } from '../../src/orchestration/auth/access-token.service.js';
import { OrchestrationModule } from '../../src/orchestration/orchestration.module.js';
import { Database } from '../../src/storage/database/database.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import { UserRepository } from '../../src/storage/users/user.repository.js';

/** The import table of docs/architecture, as Nest sees it: each layer may import these modules of ours. */
const MAY_IMPORT = new Map<Type, Type[]>([
  [CoreModule, []],
  [StorageModule, [CoreModule]],
  [EnginesModule, [CoreModule, StorageModule]],
  [ContextModule, [CoreModule, StorageModule, EnginesModule]],
  [OrchestrationModule, [CoreModule, StorageModule, EnginesModule, ContextModule]],
  [ApiModule, [CoreModule, OrchestrationModule]],
  [AppModule, [ApiModule]],
]);
const LAYERS = [...MAY_IMPORT.keys()];

/** Ports are abstract classes. */
type Token = Type | Abstract<unknown>;

const silent = new Logger('silent');
let loaded: LoadedConfig;

beforeAll(() => {
  loaded = loadConfig({}, path.resolve(import.meta.dirname, '../../config'));
});

/** The graph of a root module; nothing of it is instantiated. */
async function graphOf(root: DynamicModule) {
  const context = await NestFactory.createApplicationContext(root, {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  return [...context.get(ModulesContainer).values()];
}

describe.each(['all', 'api', 'worker', 'voice'] as const)('the modules of the role %s', (role) => {
  let graph: Awaited<ReturnType<typeof graphOf>>;
  beforeAll(async () => {
    loaded.config.app.role = role;
    graph = await graphOf(AppModule.register(loaded, silent));
  });
  afterAll(() => {
    loaded.config.app.role = 'all';
  });

  const found = (layer: Type) => graph.filter(({ metatype }) => metatype === layer);
  const moduleOf = (layer: Type) => {
    const [one, ...more] = found(layer);
    if (!one || more.length > 0) throw new Error(`${layer.name} is there ${more.length + (one ? 1 : 0)} times`);
    return one;
  };

  it('has each layer once', () => {
    expect(LAYERS.map((layer) => [layer.name, found(layer).length])).toEqual(LAYERS.map(({ name }) => [name, 1]));
  });

  it.each(LAYERS.map((layer) => [layer.name, layer] as const))('%s imports the layers its row allows', (_, layer) => {
    const imported = [...moduleOf(layer).imports]
      .map(({ metatype }) => metatype)
      .filter((type) => LAYERS.includes(type));
    const allowed = MAY_IMPORT.get(layer) ?? [];
    expect(imported.filter((type) => !allowed.includes(type)).map(({ name }) => name)).toEqual([]);
  });

  it.each(LAYERS.map((layer) => [layer.name, layer] as const))('%s exports no module', (_, layer) => {
    const modules = new Set<unknown>(graph.map(({ metatype }) => metatype));
    const exported = [...moduleOf(layer).exports].filter((token) => modules.has(token));
    expect(exported.map(String)).toEqual([]);
  });

  it.each(LAYERS.map((layer) => [layer.name, layer] as const))('%s exports only what is its own', (_, layer) => {
    const own = moduleOf(layer);
    const borrowed = [...own.exports].filter((token) => !own.providers.has(token));
    expect(borrowed.map(String)).toEqual([]);
  });

  it('makes nothing of ours global', () => {
    expect(graph.filter(({ metatype, isGlobal }) => isGlobal && LAYERS.includes(metatype))).toEqual([]);
  });

  it('shows the edge nothing of storage, engines and context, by whatever way', () => {
    const api = moduleOf(ApiModule);
    const inSight = [...api.providers.keys(), ...[...api.imports].flatMap(({ exports }) => [...exports])];
    const below = [StorageModule, EnginesModule, ContextModule].flatMap((layer) => [...moduleOf(layer).exports]);
    expect(inSight.filter((token) => below.includes(token)).map(String)).toEqual([]);
  });

  it('does not let the DataSource or raw SQL out of storage', () => {
    const exported = graph.flatMap(({ exports }) => [...exports]);
    expect(exported).not.toContain(DataSource);
    expect(exported).not.toContain(Database);
  });
});

/** Builds a module that is given `imports` and asks for `wanted`; resolves to what Nest says. */
async function asks(imports: DynamicModule[], wanted: Token): Promise<string> {
  @Injectable()
  class Probe {}
  Reflect.defineMetadata('design:paramtypes', [wanted], Probe);
  Controller('probe')(Probe);
  @Module({})
  class ProbeModule {}
  const root: DynamicModule = { module: ProbeModule, imports, controllers: [Probe] };
  try {
    const context = await NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
    await context.close();
    return 'resolved';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('Nest’s injector', () => {
  /** Layers without what they are made of, which would have to run: their exports alone. */
  const stub = (layer: Type, imports: DynamicModule[], provides: Token[]): DynamicModule => ({
    module: layer,
    imports,
    providers: provides.map((token) => ({ provide: token, useValue: {} })),
    exports: provides,
  });
  const core = () => stub(CoreModule, [], [Logger]);
  const storage = () => stub(StorageModule, [core()], [UserRepository]);
  const engines = () => stub(EnginesModule, [core(), storage()], [AiCatalog]);
  const context = () => stub(ContextModule, [core(), storage(), engines()], [ContextService]);
  const orchestration = () => stub(OrchestrationModule, [core(), storage(), engines(), context()], [AuthService]);

  it.each([
    ['the log', Logger],
    ['a story', AuthService],
  ])('gives the edge %s', async (_, wanted) => {
    expect(await asks([core(), orchestration()], wanted)).toBe('resolved');
  });

  it.each<[string, Token]>([
    ['a repository', UserRepository],
    ['an engine', AiCatalog],
    ['the context', ContextService],
    ['a service that orchestration keeps to itself', AccessTokenService],
  ])('refuses the edge %s, which is a layer further down', async (_, wanted) => {
    expect(await asks([core(), orchestration()], wanted)).toContain("can't resolve dependencies of the Probe");
  });

  it('refuses an engine a story, which is upward', async () => {
    expect(await asks([core(), storage()], AuthService)).toContain("can't resolve dependencies of the Probe");
  });
});
