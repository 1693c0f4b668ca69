import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import type { Principal } from '../../core/domain/principal.js';
import { type RouteLimit, RateLimitService } from '../../orchestration/limits/rate-limit.service.js';
import { takePlace } from '../http/rate-limit.middleware.js';
import type { AuthenticatedRequest } from './authenticated-request.js';

export const COUNTED = 'cozy:counted';
const ROUTE_LIMIT = 'cozy:route-limit';

/** The route has a limit of its own: by user, or by address where it is public. */
export const LimitedAs = (route: RouteLimit) => SetMetadata(ROUTE_LIMIT, route);

/** For messages of a socket: what makes the server work counts as a request of the user. */
export const Counted = () => SetMetadata(COUNTED, true);

/** The layers after it is known who asks: user, API key, route. To stand after the AuthGuard. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly limits: RateLimitService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const route = this.reflector.getAllAndOverride<RouteLimit | undefined>(ROUTE_LIMIT, [
      context.getHandler(),
      context.getClass(),
    ]);
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const response = context.switchToHttp().getResponse<Response>();
    const principal = request.principal as Principal | undefined;
    if (principal) await takePlace(response, this.limits.caller(principal, route));
    else if (route) await takePlace(response, this.limits.anonymous(request.ip ?? 'unknown', route));
    return true;
  }
}
