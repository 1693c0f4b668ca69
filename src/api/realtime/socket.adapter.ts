import type { IncomingMessage } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import type { Server, ServerOptions } from 'socket.io';
import { ApiSection } from '../../core/config/sections/api.section.js';
import { LimitReached, RateLimitService } from '../../orchestration/limits/rate-limit.service.js';
import { clientAddress } from '../http/client-address.js';
import { isOriginAllowed } from './handshake.js';

/** The largest message; audio comes in pieces far smaller than this. */
const MAX_MESSAGE_BYTES = 262_144;
/** How long a client that lost its connection finds its rooms and what it missed. */
const RECOVERY_MS = 30_000;
/** How long a connection may ask for no namespace, where it would have to say who it is. */
const NAMELESS_MS = 20_000;
const STREAM_NAME = 'cozy:sockets';

/** As much of ioredis as is needed here; storage alone knows the rest. */
interface RedisClient {
  duplicate(overrides?: object): RedisClient;
  on(event: 'error', listener: () => void): void;
}

type ClusterAdapter = ReturnType<typeof createAdapter>;

/** Socket.IO on the HTTP server's own port, with what is the same for every namespace. */
class SocketAdapter extends IoAdapter {
  constructor(
    app: NestExpressApplication,
    private readonly settings: Partial<ServerOptions>,
    private readonly cluster: ClusterAdapter | undefined,
  ) {
    super(app);
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const server = super.createIOServer(port, { ...options, ...this.settings } as ServerOptions);
    if (this.cluster) server.adapter(this.cluster);
    // Socket.IO has it of itself, and it would let in whoever asks.
    server.of('/').use((_socket, next) => next(new Error('There is nothing here. Connect to /chat or /voice.')));
    return server;
  }
}

/**
 * What is published fails at once while Redis is away, so that the sockets of this instance are served all the same;
 * what is read waits until it is back.
 */
function clusterAdapter(redis: RedisClient): ClusterAdapter {
  const publisher = redis.duplicate({ enableOfflineQueue: false, maxRetriesPerRequest: 0, lazyConnect: false });
  publisher.on('error', () => undefined);
  publisher.duplicate = () => redis.duplicate();
  return createAdapter(publisher, { streamName: STREAM_NAME, sessionKeyPrefix: 'cozy:socket:' });
}

/** @param redis connects the sockets of several instances; null where there is but one. */
export function serveSockets(app: NestExpressApplication, redis: RedisClient | null): void {
  const { allowed_origins: origins, trust_proxy: trustProxy } = app.get(ApiSection);
  const limits = app.get(RateLimitService, { strict: false });
  const addressOf = clientAddress(trustProxy);
  /** Each holds memory before anybody has said who they are. While the stores are away, the namespace decides. */
  const isAllowed = async (request: IncomingMessage): Promise<boolean> => {
    if (!isOriginAllowed(request.headers, origins)) return false;
    return limits.handshake(addressOf(request)).then(
      () => true,
      (error: unknown) => !(error instanceof LimitReached),
    );
  };
  const settings: Partial<ServerOptions> = {
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    serveClient: false,
    // Upgrades of other addresses are answered elsewhere, and may take their time.
    destroyUpgrade: false,
    connectionStateRecovery: { maxDisconnectionDuration: RECOVERY_MS, skipMiddlewares: false },
    connectTimeout: NAMELESS_MS,
    allowRequest: (request, decide) => void isAllowed(request).then((isGood) => decide(null, isGood)),
    ...(origins.length > 0 && {
      cors: { origin: origins.includes('*') ? '*' : origins, credentials: !origins.includes('*') },
    }),
  };
  app.useWebSocketAdapter(new SocketAdapter(app, settings, redis ? clusterAdapter(redis) : undefined));
}
