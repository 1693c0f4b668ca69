import { setTimeout as delay } from 'node:timers/promises';
import { startSimulator } from '../../bench/processes.js';
import { configFolder } from '../setup/config-folder.js';
import { OwnPostgres } from '../setup/own-postgres.js';
import { OwnRedis } from '../setup/own-redis.js';
import { startTestServer, type Stores, testStores, type TestServer } from '../setup/test-server.js';

/** Where turns, and the queue behind them, are kept. */
export type LaneName = 'redis' | 'postgres' | 'embedded';

export interface Fault {
  name: string;
  /** Whether turns that run meanwhile may lose their connection. */
  breaksConnections: boolean;
  /** Makes it, and mends it. */
  happen(): Promise<void>;
}

const RULES = { extraction: 'rules' };

/** The servers of a run and what they stand on, all of its own, so that all of it may be killed. */
export class Lane {
  private readonly servers = new Map<string, TestServer>();
  /** Roles whose processes are down on purpose. */
  private readonly down = new Set<string>();
  private postgres: OwnPostgres | undefined;
  private redis: OwnRedis | undefined;
  private stores: (Stores & { remove(): Promise<void> }) | undefined;
  private provider: Awaited<ReturnType<typeof startSimulator>> | undefined;

  constructor(
    readonly name: LaneName,
    private readonly outageMs: number,
  ) {}

  /** Of the process that people talk to. */
  readonly url = (): string => this.servers.get(this.apiRole)?.url ?? '';

  async start(): Promise<void> {
    this.provider = await startSimulator();
    this.stores = await testStores();
    if (this.name !== 'embedded') this.postgres = await OwnPostgres.start();
    if (this.name === 'redis') this.redis = await OwnRedis.start();
    await this.serve(this.apiRole);
    if (this.apiRole === 'api') await this.serve('worker');
  }

  faults(): Fault[] {
    const kills = ['api', 'worker'].map((role) => this.kill(role));
    if (this.name === 'embedded') return Array.from({ length: 4 }, () => this.kill('all'));
    const redisAway: Fault[] = this.name === 'redis' ? [this.redisAway()] : [];
    return [...kills, ...redisAway, ...this.postgresFaults(), ...kills];
  }

  /** Processes that ended by themselves. */
  died(): string[] {
    return [...this.servers]
      .filter(([role, { process }]) => hasEnded(process) && !this.down.has(role))
      .map(([role]) => role);
  }

  /** Work that is open, and given up, as the servers' own metrics tell. */
  async outbox(): Promise<{ open: number; dead: number }> {
    const worker = this.servers.get('worker') ?? this.servers.get('all');
    const text = await (await fetch(`${worker?.url}/metrics`)).text();
    const value = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN);
    return { open: value('cozy_outbox_open'), dead: value('cozy_outbox_dead') };
  }

  /** Ends everything; the exit codes of the servers. */
  async stop(): Promise<(number | null)[]> {
    const codes = await Promise.all([...this.servers.values()].map((server) => server.stop()));
    await this.redis?.stop();
    await this.postgres?.remove();
    await this.stores?.remove();
    this.provider?.process.kill();
    return codes;
  }

  private get apiRole(): string {
    return this.name === 'embedded' ? 'all' : 'api';
  }

  private async serve(role: string): Promise<void> {
    const { stores, provider } = this;
    if (!stores || !provider) throw new Error('the lane is not started');
    const server = await startTestServer({
      from: { ...stores, database: undefined, redisUrl: undefined },
      env: {
        ROLE: role,
        LOG_LEVEL: 'info',
        OPENAI_BASE_URL: provider.url,
        RATE_LIMIT_IP_PER_MINUTE: '10000000',
        RATE_LIMIT_USER_PER_MINUTE: '10000000',
        SHUTDOWN_GRACE_MS: '2000',
        // The provider answers everything alike, which makes no facts.
        CONFIG_DIR: configFolder({ 'engines.development.yaml': { memory: RULES, profile: RULES } }),
        ...(this.postgres && { DATABASE_URL: this.postgres.url }),
        ...(this.redis && { REDIS_URL: this.redis.url }),
      },
    });
    this.servers.set(role, server);
  }

  private kill(role: string): Fault {
    return {
      name: `kill -9 of ${role}`,
      breaksConnections: role !== 'worker',
      happen: async () => {
        this.down.add(role);
        await this.servers.get(role)?.stop('SIGKILL');
        await this.serve(role);
        this.down.delete(role);
      },
    };
  }

  private redisAway(): Fault {
    return {
      name: `Redis killed, back empty after ${this.outageMs / 1000} s`,
      breaksConnections: false,
      happen: async () => {
        await this.redis?.stop();
        await delay(this.outageMs);
        await this.redis?.start();
      },
    };
  }

  private postgresFaults(): Fault[] {
    const fault = (name: string, happen: () => Promise<void>): Fault => ({ name, breaksConnections: false, happen });
    return [
      fault('Postgres restarted, fast', async () => this.postgres?.restart('fast')),
      fault('Postgres restarted, immediate', async () => this.postgres?.restart('immediate')),
      fault(`Postgres away for ${this.outageMs / 1000} s`, async () => {
        await this.postgres?.stop('fast');
        await delay(this.outageMs);
        await this.postgres?.start();
      }),
    ];
  }
}

const hasEnded = ({ exitCode, signalCode }: TestServer['process']) => exitCode !== null || signalCode !== null;
