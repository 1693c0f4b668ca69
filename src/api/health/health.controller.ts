import { Controller, Get, Req, Res } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult, type HealthIndicatorResult } from '@nestjs/terminus';
import type { Request, Response } from 'express';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../core/errors/error-table.js';
import { Logger } from '../../core/logging/logger.js';
import { PrincipalService } from '../../orchestration/auth/principal.service.js';
import { EngineHealthService } from '../../orchestration/health/engine-health.service.js';
import { HealthService } from '../../orchestration/health/health.service.js';
import { Public } from '../auth/access.decorator.js';
import { ApiTags } from '../docs/document.decorator.js';
import { errorBody } from '../errors/error-body.js';
import { requestIdOf } from '../http/request-context.middleware.js';

const CHECK_DEADLINE_MS = 2000;
const ENGINE_DEADLINE_MS = 3000;

@ApiTags('Operations')
@Controller('health')
@Public()
export class HealthController {
  constructor(
    private readonly terminus: HealthCheckService,
    private readonly health: HealthService,
    private readonly standings: EngineHealthService,
    private readonly principals: PrincipalService,
    private readonly logger: Logger,
  ) {}

  /** The process runs. */
  @Get('live')
  live() {
    return { status: 'ok' };
  }

  /** The process may be sent work: its stores answer and it is not shutting down. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) response: Response) {
    const { up, checks } = await this.check();
    return up ? { status: 'ok', checks } : this.notReady(response, checks);
  }

  /** The same, with details for those who are signed in. */
  @Get()
  async overview(@Req() request: Request, @Res({ passthrough: true }) response: Response) {
    const { up, checks } = await this.check();
    if (!up) return this.notReady(response, checks);
    if (!(await this.isSignedIn(request))) return { status: 'ok' };
    const engines = await this.standings.all(AbortSignal.timeout(ENGINE_DEADLINE_MS));
    const { auditChain } = this.health;
    const isWell = engines.every((engine) => engine.status === 'up') && auditChain !== 'broken';
    return { status: isWell ? 'ok' : 'degraded', checks, engines, parts: this.health.parts, audit_chain: auditChain };
  }

  /** Each engine: up, degraded or down. */
  @Get('engines')
  async engines(@Req() request: Request) {
    const deadline = AbortSignal.timeout(ENGINE_DEADLINE_MS);
    if (await this.isSignedIn(request)) return { engines: await this.standings.all(deadline) };
    const engines = await this.standings.lately(deadline);
    return { engines: engines.map(({ kind, status }) => ({ kind, status })) };
  }

  private async check(): Promise<{ up: boolean; checks: Record<string, string> }> {
    const indicators = Object.entries(this.health.checks).map(
      ([name, probe]) =>
        () =>
          this.indicate(name, probe),
    );
    const result = await this.terminus
      .check(indicators)
      .catch((error: { response?: HealthCheckResult }) => error.response);
    const checks = Object.fromEntries(
      Object.entries(result?.details ?? {}).map(([name, detail]) => [name, detail.status]),
    );
    return { up: result?.status === 'ok' && !this.health.draining, checks };
  }

  private async indicate(name: string, probe: () => Promise<void>): Promise<HealthIndicatorResult> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_DEADLINE_MS} ms`)), CHECK_DEADLINE_MS);
    });
    try {
      await Promise.race([probe(), deadline]);
      return { [name]: { status: 'up' } };
    } catch (error) {
      this.logger.warn('Health check failed', { check: name }, error);
      return { [name]: { status: 'down' } };
    } finally {
      clearTimeout(timer);
    }
  }

  private notReady(response: Response, checks: Record<string, string>) {
    const code: ErrorCode = this.health.draining ? 'INTERNAL_SHUTTING_DOWN' : 'STORAGE_UNAVAILABLE';
    response.status(503);
    return { status: 'unavailable', checks, ...errorBody(new CozyError(code), requestIdOf(response)) };
  }

  private async isSignedIn(request: Request): Promise<boolean> {
    const credential = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!credential) return false;
    return this.principals.authenticate(credential).then(
      () => true,
      () => false,
    );
  }
}
