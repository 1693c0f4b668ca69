import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line of one request carries. Ids only, never words. */
export interface RequestContext {
  request_id: string;
  user_id?: string;
  session_id?: string;
  personality_id?: string;
  /** Which variants were decided: `feature=variant`, by feature. */
  canary?: string[];
}

const storage = new AsyncLocalStorage<RequestContext>();

export const runInRequest = <T>(context: RequestContext, run: () => T): T => storage.run(context, run);

export const currentRequest = (): RequestContext | undefined => storage.getStore();

/** Adds ids that became known on the way. */
export function noteInRequest(ids: Partial<Omit<RequestContext, 'request_id'>>): void {
  const context = storage.getStore();
  if (context) Object.assign(context, ids);
}
