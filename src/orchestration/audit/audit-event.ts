/** Everything that is put on record. Few and fixed: they are labels of a metric too. */
export type AuditAction =
  | 'auth.register'
  | 'auth.login'
  | 'auth.logout'
  | 'auth.mfa'
  | 'auth.refresh'
  | 'auth.credentials'
  | 'api_key.create'
  | 'api_key.revoke'
  | 'admin.create'
  | 'admin.import'
  | 'admin.replay'
  | 'admin.profile_change'
  | 'personality.reload'
  | 'tool.call'
  | 'tool.approval'
  | 'tool.refresh'
  | 'engine.degraded'
  | 'session.delete'
  | 'memory.delete'
  | 'document.share'
  | 'document.delete'
  | 'user.export'
  | 'user.delete'
  | 'canary.change'
  | 'canary.delete'
  | 'canary.rolled_back'
  | 'audit.events_lost'
  | 'audit.events_refused'
  | 'audit.retention';

export const AUDIT_LEVELS = ['info', 'warning', 'critical'] as const;
export type AuditLevel = (typeof AUDIT_LEVELS)[number];

/** `refused`: it was not allowed. `failure`: it was tried and went wrong. */
export const AUDIT_OUTCOMES = ['success', 'failure', 'refused'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

export interface AuditEvent {
  action: AuditAction;
  outcome: AuditOutcome;
  /** `info` where it is not given. */
  level?: AuditLevel;
  /** Who did it; the request's user where it is not given, null for nobody known. */
  actorId?: string | null;
  /** What it was done to: an id or a name. */
  subject?: string | null;
  /** The request's own where it is not given. */
  requestId?: string | null;
  /** Facts, never words: secrets, addresses and card numbers are removed, long texts and deep trees are cut. */
  details?: object;
}
