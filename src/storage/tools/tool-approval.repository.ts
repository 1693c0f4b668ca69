import { Injectable } from '@nestjs/common';
import { storableJson } from '../../core/util/storable.js';
import { Database } from '../database/database.js';

export interface ToolApproval {
  id: string;
  userId: string;
  sessionId: string | null;
  tool: string;
  /** Redacted. */
  arguments: Record<string, unknown>;
  byUser: boolean;
  createdAt: Date;
  expiresAt: Date;
}

export type NewToolApproval = Omit<ToolApproval, 'createdAt' | 'expiresAt'>;

const COLUMNS = `id, user_id AS "userId", session_id AS "sessionId", tool, arguments, by_user AS "byUser",
  created_at AS "createdAt", expires_at AS "expiresAt"`;

/** Who may decide: an admin everything, a user what is their own and left to them. $1 is null for an admin. */
const DECIDABLE = '($1::uuid IS NULL OR (user_id = $1 AND by_user))';
const OPEN = 'approved IS NULL AND expires_at > now()';

@Injectable()
export class ToolApprovalRepository {
  constructor(private readonly database: Database) {}

  async open(approval: NewToolApproval, waitMs: number): Promise<ToolApproval> {
    const { id, userId, sessionId, tool, byUser } = approval;
    const row = await this.database.one<ToolApproval>(
      'tool_approval_open',
      `INSERT INTO tool_approvals (id, user_id, session_id, tool, arguments, by_user, expires_at)
       VALUES ($1, $2, $3, $4, $5::jsonb, $6, now() + make_interval(secs => $7)) RETURNING ${COLUMNS}`,
      [id, userId, sessionId, tool, storableJson(approval.arguments), byUser, waitMs / 1000],
    );
    return row as ToolApproval;
  }

  /** Oldest first. */
  async listOpen(deciderId: string | null, limit: number): Promise<ToolApproval[]> {
    return this.database.query(
      'tool_approval_list',
      `SELECT ${COLUMNS} FROM tool_approvals WHERE ${DECIDABLE} AND ${OPEN} ORDER BY id LIMIT $2`,
      [deciderId, limit],
    );
  }

  /** The call that was decided, or undefined where there is none that waits and that this person may decide. */
  async decide(
    id: string,
    deciderId: string | null,
    decidedBy: string,
    approved: boolean,
  ): Promise<ToolApproval | undefined> {
    return this.database.one(
      'tool_approval_decide',
      `UPDATE tool_approvals SET approved = $3, decided_by = $4, decided_at = now()
       WHERE id = $2 AND ${DECIDABLE} AND ${OPEN} RETURNING ${COLUMNS}`,
      [deciderId, id, approved, decidedBy],
    );
  }

  /** Null while nobody has decided. */
  async decision(id: string): Promise<boolean | null> {
    const row = await this.database.one<{ approved: boolean | null }>(
      'tool_approval_decision',
      'SELECT approved FROM tool_approvals WHERE id = $1',
      [id],
    );
    return row?.approved ?? null;
  }

  /** Nobody waits for it any more. */
  async withdraw(id: string): Promise<void> {
    await this.database.query(
      'tool_approval_withdraw',
      'UPDATE tool_approvals SET expires_at = now() WHERE id = $1 AND approved IS NULL',
      [id],
    );
  }
}
