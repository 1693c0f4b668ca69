import type { Request } from 'express';
import type { Principal } from '../../core/domain/principal.js';

/** A request after the guard has let it in. */
export interface AuthenticatedRequest extends Request {
  principal: Principal;
}
