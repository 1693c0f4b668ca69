import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Principal, Scope } from '../../core/domain/principal.js';
import { ApiExtension } from '../docs/document.decorator.js';
import type { AuthenticatedRequest } from './authenticated-request.js';

/** Marks public routes in the API document. */
export const OPEN_TO_ALL = 'x-public';

export const PUBLIC = 'cozy:public';
export const SCOPES = 'cozy:scopes';
export const ADMIN = 'cozy:admin';

/** No credentials are asked for. Everything that does not say so needs them. */
export const Public = () => applyDecorators(SetMetadata(PUBLIC, true), ApiExtension(OPEN_TO_ALL, true));

/** The route asks for credentials by itself: it takes some that are good for nothing else. */
export const AsksItself = () => SetMetadata(PUBLIC, true);

/** API keys need one of these scopes; people need none. A route without it is closed to API keys. */
export const Scopes = (...scopes: Scope[]) => SetMetadata(SCOPES, scopes);

/** Admins only; their API keys need the scope `admin`. */
export const AdminOnly = () => applyDecorators(SetMetadata(ADMIN, true), SetMetadata(SCOPES, ['admin']));

/** Who is asking. */
export const Caller = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal =>
    context.switchToHttp().getRequest<AuthenticatedRequest>().principal,
);
