import type { Request } from 'express';

/** The routes that take a form with a file. All others refuse one before anything is read of it. */
const ROUTES = [/^\/v1\/knowledge\/[^/]+\/documents\/?$/, /^\/v1\/realtime(?:\/calls)?\/?$/];

export const isMultipart = ({ headers }: Pick<Request, 'headers'>): boolean =>
  /^multipart\/form-data\s*(?:;|$)/i.test(headers['content-type'] ?? '');

/** Whether a route reads the form of this request itself. */
export const takesForm = (request: Pick<Request, 'headers' | 'method' | 'path'>): boolean =>
  request.method === 'POST' && isMultipart(request) && ROUTES.some((route) => route.test(request.path));
