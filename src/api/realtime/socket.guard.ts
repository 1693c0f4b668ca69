import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Scope } from '../../core/domain/principal.js';
import { PrincipalService } from '../../orchestration/auth/principal.service.js';
import { SCOPES } from '../auth/access.decorator.js';
import type { ClientSocket } from './client-socket.js';
import { requireScope } from './socket-door.middleware.js';

/** Stands before each message: a sign-in that has ended meanwhile, or a scope that is missing, is told from. */
@Injectable()
export class SocketGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly principals: PrincipalService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const socket = context.switchToWs().getClient<ClientSocket>();
    const principal = await this.principals.authenticate(socket.data.credential);
    const wanted = this.reflector.getAllAndOverride<Scope[]>(SCOPES, [context.getHandler(), context.getClass()]) ?? [];
    requireScope(principal, wanted);
    socket.data.principal = principal;
    return true;
  }
}
