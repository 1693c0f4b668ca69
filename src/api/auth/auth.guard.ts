import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Principal, Scope } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { noteInRequest } from '../../core/logging/request-context.js';
import { PrincipalService } from '../../orchestration/auth/principal.service.js';
import { ADMIN, PUBLIC, SCOPES } from './access.decorator.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { credentialIn } from './bearer.js';

/** Stands before every route that is not marked public. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly principals: PrincipalService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Sockets have a guard of their own before each message.
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, targets)) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const principal = await this.principals.authenticate(credentialIn(request.headers.authorization));
    const scopes = this.reflector.getAllAndOverride<Scope[]>(SCOPES, targets) ?? [];
    const adminOnly = this.reflector.getAllAndOverride<boolean>(ADMIN, targets) ?? false;
    requireAccess(principal, scopes, adminOnly);
    request.principal = principal;
    noteInRequest({ user_id: principal.userId });
    return true;
  }
}

function requireAccess(principal: Principal, scopes: Scope[], adminOnly: boolean): void {
  if (adminOnly && principal.role !== 'admin')
    throw new CozyError('AUTH_FORBIDDEN', { message: 'Only an admin may do this.' });
  const held = principal.scopes;
  if (held === null || scopes.some((scope) => held.includes(scope))) return;
  throw new CozyError('AUTH_SCOPE_MISSING', {
    details: { needed: scopes },
    ...(scopes.length === 0 && { message: 'API keys may not do this. Sign in instead.' }),
  });
}
