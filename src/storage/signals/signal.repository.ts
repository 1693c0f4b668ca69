import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Client } from 'pg';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { Logger } from '../../core/logging/logger.js';
import { DatabaseConnection } from '../database/database.connection.js';
import { Database } from '../database/database.js';

/**
 * `credentials-changed` carries a user's id, `session-changed` that and a session's, `documents-changed` the owner's or
 * nothing; they are sent by triggers, so that no writer can forget them.
 */
export type SignalName =
  | 'credentials-changed'
  | 'personalities-changed'
  | 'tool-approval-decided'
  | 'session-changed'
  | 'documents-changed'
  | 'outbox-filled'
  | 'canary-changed'
  | 'call-hang-up'
  | 'call-hung-up';

type Listener = (payload: string) => void;

const NAMES: readonly SignalName[] = [
  'credentials-changed',
  'personalities-changed',
  'tool-approval-decided',
  'session-changed',
  'documents-changed',
  'outbox-filled',
  'canary-changed',
  'call-hang-up',
  'call-hung-up',
];
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5000;
const PING_EVERY_MS = 10_000;
const PING_DEADLINE_MS = 5000;

const connectionName = (instanceId: string) => `cozy-signals:${instanceId}`;

/** Signals between all instances on one database (LISTEN and NOTIFY). Small facts only: payloads are ids. */
@Injectable()
export class SignalRepository implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly interruptionListeners: (() => void)[] = [];
  private readonly returnListeners: (() => void)[] = [];
  /** The one connection that counts, from its making to its loss; news of any other come too late. */
  private current: Client | undefined;
  /** The same once it listens. */
  private client: Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private retryMs = FIRST_RETRY_MS;
  private ping: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly connection: DatabaseConnection,
    private readonly database: Database,
    private readonly lifecycle: Lifecycle,
    private readonly logger: Logger,
  ) {}

  /** The name of this instance, for `ended`. */
  get instanceId(): string {
    return this.lifecycle.instanceId;
  }

  /** Whether every signal sent now will arrive; where not, nothing that depends on signals may be trusted. */
  get live(): boolean {
    return this.client !== undefined;
  }

  on(name: SignalName, listener: Listener): void {
    const known = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, known.add(listener));
  }

  /** Called when signals may be missed from now on: what is known by them must be forgotten. */
  onInterruption(listener: () => void): void {
    this.interruptionListeners.push(listener);
  }

  /** Called when no signal is missed from now on, at the start too: what changed before must be read again. */
  onReturn(listener: () => void): void {
    this.returnListeners.push(listener);
  }

  /** To every instance, this one included. */
  async send(name: SignalName, payload: string): Promise<void> {
    await this.database.query('signal_send', 'SELECT pg_notify($1, $2)', [name, payload]);
  }

  /**
   * Which of these instances have ended: every living one keeps a connection for its signals. Nobody is believed to
   * have ended while this one has lost its own: the others' may be on their way back, too.
   */
  async ended(instanceIds: readonly string[]): Promise<Set<string>> {
    const others = new Set(instanceIds);
    others.delete(this.lifecycle.instanceId);
    if (others.size === 0 || !this.live) return new Set();
    const rows = await this.database.query<{ name: string }>(
      'signal_living',
      'SELECT application_name AS name FROM pg_stat_activity WHERE application_name = ANY($1)',
      [[...others].map(connectionName)],
    );
    const living = new Set(rows.map(({ name }) => name));
    return new Set([...others].filter((id) => !living.has(connectionName(id))));
  }

  /** How many other instances hear what is sent; 0 while this one would not hear their answers. */
  async others(): Promise<number> {
    if (!this.live) return 0;
    const row = await this.database.one<{ n: number }>(
      'signal_others',
      `SELECT count(DISTINCT application_name)::int AS n FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'cozy-signals:%' AND application_name <> $1`,
      [connectionName(this.instanceId)],
    );
    return row?.n ?? 0;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.connect();
  }

  async onModuleDestroy(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    clearInterval(this.ping);
    const { client } = this;
    this.client = undefined;
    await client?.end();
  }

  private async connect(): Promise<void> {
    const { stream, ...rest } = this.connection.poolConfig as { stream?: () => object };
    const client = new Client({
      ...rest,
      ...(stream && { stream: stream as never }),
      keepAlive: true,
      application_name: connectionName(this.lifecycle.instanceId),
      connectionTimeoutMillis: PING_DEADLINE_MS,
    });
    this.current = client;
    client.on('notification', ({ channel, payload = '' }) => this.deliver(channel, payload));
    client.once('error', (error) => this.lost(client, error));
    client.once('end', () => this.lost(client));
    try {
      await client.connect();
      for (const name of NAMES) await client.query(`LISTEN "${name}"`);
    } catch (error) {
      this.lost(client, error);
      return;
    }
    if (this.closed || this.current !== client) {
      await client.end();
      return;
    }
    this.client = client;
    this.retryMs = FIRST_RETRY_MS;
    this.keepAlive(client);
    for (const listener of this.returnListeners) listener();
  }

  /** A connection that died without a word would leave this instance deaf: it is asked again and again. */
  private keepAlive(client: Client): void {
    clearInterval(this.ping);
    this.ping = setInterval(() => {
      const deadline = setTimeout(() => this.lost(client, new Error('no answer')), PING_DEADLINE_MS);
      client.query('SELECT 1').then(
        () => clearTimeout(deadline),
        (error: unknown) => {
          clearTimeout(deadline);
          this.lost(client, error);
        },
      );
    }, PING_EVERY_MS);
    this.ping.unref();
  }

  private lost(client: Client, error?: unknown): void {
    if (this.closed || this.current !== client) return;
    this.current = undefined;
    this.client = undefined;
    for (const listener of this.interruptionListeners) listener();
    clearInterval(this.ping);
    client.removeAllListeners('error').on('error', () => undefined);
    client.end().catch(() => undefined);
    this.logger.warn('Signals between instances are interrupted; connecting again', {}, error);
    this.retry = setTimeout(() => void this.connect(), this.retryMs);
    this.retry.unref();
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
  }

  private deliver(name: string, payload: string): void {
    for (const listener of this.listeners.get(name) ?? []) listener(payload);
  }
}
