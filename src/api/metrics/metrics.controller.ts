import { timingSafeEqual } from 'node:crypto';
import { BlockList, isIPv6 } from 'node:net';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import type { Request, Response } from 'express';
import { ObservabilitySection } from '../../core/config/sections/observability.section.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Public } from '../auth/access.decorator.js';
import { ApiExcludeController } from '../docs/document.decorator.js';

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list;
}

function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Prometheus' own page: for the addresses of `metrics_allow`, or with the token. */
@ApiExcludeController()
@Controller()
@Public()
export class MetricsController extends PrometheusController {
  private readonly allowed: BlockList;

  constructor(private readonly section: ObservabilitySection) {
    super();
    this.allowed = blockList(section.metrics_allow);
  }

  @Get()
  async read(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<string> {
    if (!this.mayRead(request))
      throw new CozyError('AUTH_FORBIDDEN', { message: 'Metrics need METRICS_TOKEN from this address.' });
    return super.index(response);
  }

  private mayRead(request: Request): boolean {
    if (this.hasToken(request)) return true;
    // With a proxy in front that is not configured as trusted, every address would look like the proxy's own.
    const unknownProxy = request.headers['x-forwarded-for'] !== undefined && request.app.get('trust proxy') === false;
    const address = request.ip?.replace(/^::ffff:/, '');
    if (unknownProxy || !address) return false;
    return this.allowed.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }

  private hasToken(request: Request): boolean {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const expected = this.section.metrics_token;
    return token !== undefined && expected !== undefined && sameText(token, expected);
  }
}
