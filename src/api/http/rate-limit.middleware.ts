import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { LimitReached, type Quota, type RateLimitService } from '../../orchestration/limits/rate-limit.service.js';

const HEADERS = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'] as const;

/** What is left of a limit, for callers that pace themselves: requests, requests, seconds. */
export function tellQuota(response: Response, { limit, remaining, resetSeconds }: Quota): void {
  const [limitHeader, remainingHeader, resetHeader] = HEADERS;
  const told = response.getHeader(remainingHeader);
  // Of several layers the nearest to its end is told.
  if (told !== undefined && Number(told) < remaining) return;
  response.setHeader(limitHeader, String(limit));
  response.setHeader(remainingHeader, String(remaining));
  response.setHeader(resetHeader, String(resetSeconds));
}

/** Takes a place of a limit and tells the caller how it stands, also when it is refused. */
export async function takePlace(response: Response, taken: Promise<Quota>): Promise<void> {
  try {
    tellQuota(response, await taken);
  } catch (error) {
    if (error instanceof LimitReached) tellQuota(response, error.quota);
    throw error;
  }
}

/** Probes, scrapers and the page's own files are not counted, unless they show a credential: it is work to look at. */
const isCounted = ({ path, headers }: Request): boolean => /^\/v1\//i.test(path) || headers.authorization !== undefined;

/** The first layer: how much one address may ask, before any body is read or any credential is looked at. */
export function limitAddress(limits: RateLimitService): RequestHandler {
  return async (request: Request, response: Response, next: NextFunction) => {
    if (isCounted(request)) await takePlace(response, limits.address(request.ip ?? 'unknown'));
    next();
  };
}
