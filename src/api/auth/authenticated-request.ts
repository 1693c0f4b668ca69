import type { Request } from 'express';
import type { Principal } from '../../core/domain/principal.js';

/** A file of a form, as multer reads it. */
export interface UploadedForm {
  buffer: Buffer;
  mimetype: string;
  originalname: string;
}

/** A request after the guard has let it in. */
export interface AuthenticatedRequest extends Request {
  principal: Principal;
  /** Where the route takes one, and it was sent. */
  file?: UploadedForm;
}
