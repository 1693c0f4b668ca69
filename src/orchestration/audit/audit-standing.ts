/** What the last check of the chain found; `unchecked` where this process checks nothing. */
export class AuditStanding {
  chain: 'unchecked' | 'whole' | 'broken' = 'unchecked';
}
