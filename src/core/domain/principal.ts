export type UserRole = 'user' | 'admin';

export const SCOPES = ['chat:read', 'chat:write', 'memory:read', 'memory:write', 'audio', 'realtime', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who is asking. */
export interface Principal {
  userId: string;
  role: UserRole;
  /** Null for a signed-in person, who may do all that the role may; an API key may do only what it lists. */
  scopes: readonly Scope[] | null;
  /** The sign-in (token family) or API key in use. */
  credentialId: string | null;
  /** Requests a minute that this credential is limited to, if it has a limit of its own. */
  rateLimitPerMinute: number | null;
}

/** Whether this caller may do what admins may: an admin's API key only where it has the scope `admin`. */
export const actsAsAdmin = ({ role, scopes }: Principal): boolean =>
  role === 'admin' && (scopes === null || scopes.includes('admin'));
