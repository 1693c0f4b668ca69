import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { serveConsoleFiles } from './api/console/console.controller.js';
import { serveDocs } from './api/docs/docs.js';
import { Connections } from './api/http/connections.js';
import { configureHttp } from './api/http/http-server.js';
import { HttpAdapter } from './api/http/http.adapter.js';
import { WebSockets } from './api/http/web-sockets.gateway.js';
import { serveSockets } from './api/realtime/socket.adapter.js';
import { AppModule } from './app.module.js';
import type { AppSection } from './core/config/sections/app.section.js';
import type { LoadedConfig } from './core/config/load-config.js';
import { StartError } from './core/errors/start.error.js';
import { Lifecycle } from './core/lifecycle/lifecycle.js';
import { type Logger, NestLogger } from './core/logging/logger.js';
import { startTracing } from './core/tracing/start-tracing.js';
import type { Tracer } from './core/tracing/tracer.port.js';
import { DatabaseConnection } from './storage/database/database.connection.js';
import { RedisConnection } from './storage/redis/redis.connection.js';

export interface RunningServer {
  app: NestExpressApplication;
  /** The port in use, also where 0 was asked for. */
  port: number;
  /** Finishes what runs within the grace period, then lets go of everything. Idempotent. */
  stop(): Promise<void>;
}

/** Builds the application that the configuration describes and listens. Rejects with one clear error if it cannot. */
export async function startServer(loaded: LoadedConfig, logger: Logger): Promise<RunningServer> {
  const tracer = await startTracing(loaded.config.observability.traces, logger);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.register(loaded, logger), new HttpAdapter(), {
    logger: new NestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  const settings = loaded.config.app;
  const connections = new Connections(app.getHttpServer());
  try {
    configureHttp(app);
    serveSockets(app, app.get(RedisConnection, { strict: false }).client);
    serveConsoleFiles(app);
    serveDocs(app);
    app.get(WebSockets).attach(app.getHttpServer());
    await listen(app, settings);
  } catch (error) {
    await close(app);
    throw error;
  }
  const server: Server = app.getHttpServer();
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  let stopping: Promise<void> | undefined;
  const stopAll = async () => {
    await stop(app, connections, settings, logger);
    await stopTracing(tracer, settings);
    logger.info('Shut down');
    logger.flush();
  };
  return { app, port, stop: () => (stopping ??= stopAll()) };
}

async function listen(app: NestExpressApplication, { host, port }: AppSection): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new StartError(`PORT: port ${port} is in use. Stop the program that uses it, or set PORT to another one.`);
    }
    if (code === 'EACCES') throw new StartError(`PORT: this user may not listen on port ${port}. Set PORT above 1023.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new StartError(
        `HOST: ${host} is no address of this machine. Set HOST to one of its addresses, or 0.0.0.0.`,
      );
    }
    throw error;
  }
}

/** Not ready first, then no new connections, then the running answers, then everything else. */
async function stop(
  app: NestExpressApplication,
  connections: Connections,
  settings: AppSection,
  logger: Logger,
): Promise<void> {
  const lifecycle = app.get(Lifecycle);
  const server: Server = app.getHttpServer();
  lifecycle.drain();
  logger.info('Shutting down: no longer ready');
  await delay(settings.shutdown_drain_ms);
  const closed = Promise.all([once(server, 'close'), lifecycle.settled()]);
  connections.drain();
  const grace = new AbortController();
  const inTime = await Promise.race([
    closed.then(() => true),
    delay(settings.shutdown_grace_ms, false, { signal: grace.signal }).catch(() => true),
  ]);
  grace.abort();
  if (!inTime) {
    logger.warn('Shutting down: the grace period is over; ending running answers');
    lifecycle.endGrace();
    await Promise.race([closed, delay(LAST_WORDS_MS, undefined, { ref: false })]);
    server.closeAllConnections();
  }
  await close(app);
}

/** Last of all, as what is closed before is traced too. */
const stopTracing = async (tracer: Tracer | undefined, { shutdown_grace_ms: grace }: AppSection): Promise<void> =>
  tracer?.stop(Math.min(grace, FLUSH_MS));

/**
 * The stores last: what is being closed before them may still need them. Nobody waits for ever for a store that is away,
 * nor for background work that takes long: it is open still, and done by the next process.
 */
async function close(app: NestExpressApplication): Promise<void> {
  const stores = [app.get(RedisConnection, { strict: false }), app.get(DatabaseConnection, { strict: false })];
  const closeAll = async () => {
    await app.close();
    for (const store of stores) await store.close();
  };
  await Promise.race([closeAll(), delay(CLOSE_MS, undefined, { ref: false })]);
}

/** Time for the last traces to leave. */
const FLUSH_MS = 3000;

/** Time for all parts to let go. */
const CLOSE_MS = 6000;

/** Time for a cut answer to say so and be stored. */
const LAST_WORDS_MS = 2000;
