import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Scope } from '../../core/domain/principal.js';
import { RateLimitService } from '../../orchestration/limits/rate-limit.service.js';
import { SCOPES } from '../auth/access.decorator.js';
import { COUNTED } from '../auth/rate-limit.guard.js';
import { type ClientSocket, recheck } from './client-socket.js';
import { requireScope } from './socket-door.middleware.js';

/** Stands before each message: a sign-in that has ended meanwhile, or a scope that is missing, is told from. */
@Injectable()
export class SocketGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly limits: RateLimitService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const principal = await recheck(context.switchToWs().getClient<ClientSocket>());
    const wanted = this.reflector.getAllAndOverride<Scope[]>(SCOPES, [context.getHandler(), context.getClass()]) ?? [];
    requireScope(principal, wanted);
    if (this.reflector.get<boolean>(COUNTED, context.getHandler())) await this.limits.caller(principal);
    return true;
  }
}
