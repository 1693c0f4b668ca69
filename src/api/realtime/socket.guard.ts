import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Scope } from '../../core/domain/principal.js';
import { SCOPES } from '../auth/access.decorator.js';
import { type ClientSocket, recheck } from './client-socket.js';
import { requireScope } from './socket-door.middleware.js';

/** Stands before each message: a sign-in that has ended meanwhile, or a scope that is missing, is told from. */
@Injectable()
export class SocketGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const principal = await recheck(context.switchToWs().getClient<ClientSocket>());
    const wanted = this.reflector.getAllAndOverride<Scope[]>(SCOPES, [context.getHandler(), context.getClass()]) ?? [];
    requireScope(principal, wanted);
    return true;
  }
}
