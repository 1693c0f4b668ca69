import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { AuditMetrics } from '../../core/metrics/audit-metrics.js';
import { AuditChainRepository } from '../../storage/audit/audit-chain.repository.js';
import { Periodic } from '../jobs/periodic.js';
import { AuditStanding } from './audit-standing.js';
import { AuditVault } from './audit-vault.service.js';
import { type AuditVerdict, verifyChain, type VerifyOptions } from './audit-verifier.js';
import { CheckpointFileError, type CheckpointFileContent, fileProblem } from './checkpoint-file.adapter.js';
import type { AuditAnchor, AuditProblem } from './audit-walk.js';

const EVERY_MS = 60_000;
/** What was checked is checked again after this; a broken chain sooner, so that its repair is noticed. */
const FULL_EVERY_MS = 24 * 3_600_000;
const BROKEN_EVERY_MS = 10 * 60_000;
/** Rows read in one transaction: the embedded database serves nobody else meanwhile. */
const SLICE = 2000;

const NOTHING_READ: CheckpointFileContent = { checkpoints: [], problems: [] };

/** Checks the chain while the server runs: what is new every minute, all of it once a day and after every start. */
@Injectable()
export class AuditWatchService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly periodic: Periodic;
  /** The end of the last check that found nothing: full checks too hold the chain against it. */
  private anchor: AuditAnchor | undefined;
  private fullAt = 0;
  private told = new Set<string>();

  constructor(
    private readonly chain: AuditChainRepository,
    private readonly vault: AuditVault,
    private readonly standing: AuditStanding,
    private readonly metrics: AuditMetrics,
    private readonly logger: Logger,
  ) {
    this.periodic = new Periodic(
      () => this.check(),
      EVERY_MS,
      (error) => {
        this.metrics.failed('verify');
        this.logger.warn('The audit chain could not be checked; trying again in a minute', {}, error);
      },
    );
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.periodic.stop();
  }

  /** Checks what has come since the last time, or everything if that is due. */
  async check(): Promise<void> {
    const every = this.standing.chain === 'broken' ? BROKEN_EVERY_MS : FULL_EVERY_MS;
    const isFull = Date.now() - this.fullAt >= every;
    const { checkpoints: exported, problems } = isFull ? await this.readFile() : NOTHING_READ;
    const found = [...problems];
    let verdict: AuditVerdict;
    let from = isFull ? undefined : this.anchor;
    do {
      verdict = await this.slice({ from, seen: this.anchor, exported, most: SLICE });
      found.push(...verdict.problems);
      from = verdict.anchor;
    } while (!verdict.complete);
    if (isFull) this.fullAt = Date.now();
    this.judge(found, isFull);
    // With a problem the next check begins where this one did, and finds it again until it is gone.
    if (found.length === 0) this.anchor = verdict.anchor;
  }

  /** What the file lacks is a problem of its own: the database is checked all the same. */
  private async readFile(): Promise<CheckpointFileContent> {
    try {
      return (await this.vault.file.read()) ?? NOTHING_READ;
    } catch (error) {
      if (!(error instanceof CheckpointFileError)) throw error;
      return { checkpoints: [], problems: [fileProblem(error.message)] };
    }
  }

  private slice(options: VerifyOptions): Promise<AuditVerdict> {
    return this.chain.snapshot((reader) => verifyChain(reader, this.vault.keys, options));
  }

  /** Only a full check without a problem makes a broken chain whole again. */
  private judge(problems: AuditProblem[], isFull: boolean): void {
    if (problems.length > 0) this.standing.chain = 'broken';
    else if (isFull || this.standing.chain !== 'broken') this.standing.chain = 'whole';
    this.metrics.chainBroken(this.standing.chain === 'broken');
    const found = new Map(problems.map((problem) => [problem.message, problem]));
    const news = [...found.values()].filter(({ message }) => !this.told.has(message));
    for (const { kind, message } of news) this.logger.critical('The audit chain is broken', { kind, problem: message });
    this.told = new Set([...(isFull ? [] : this.told), ...found.keys()]);
  }
}
