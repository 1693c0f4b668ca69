import { Injectable } from '@nestjs/common';
import type { ChatMessage } from '../../core/domain/chat.js';
import { storableJson } from '../../core/util/storable.js';
import { Database } from '../database/database.js';

export interface ResponsePlace {
  sessionId: string;
  /** Of its last message. */
  seq: number;
  makesSession: boolean;
  system: ChatMessage[];
}

export interface NewResponse {
  /** Its turn's. */
  id: string;
  userId: string;
  sessionId: string;
  makesSession: boolean;
  system: ChatMessage[];
  input: object[];
  body: object;
}

const OWN = `FROM responses r WHERE r.id = $1 AND r.user_id = $2
  AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = r.session_id AND s.deleted_at IS NULL)`;

/** Answers of the Responses API, found by id and owner; those of deleted sessions never. */
@Injectable()
export class ResponseRepository {
  constructor(private readonly database: Database) {}

  /** False where the turn was not stored, or its session has been deleted meanwhile. */
  async save(response: NewResponse): Promise<boolean> {
    const { id, userId, sessionId, makesSession, system, input, body } = response;
    const row = await this.database.one(
      'response_save',
      `INSERT INTO responses (id, user_id, session_id, seq, makes_session, system, input, body)
       SELECT $1, $2, $3, m.seq, $4, $5::jsonb, $6::jsonb, $7::jsonb FROM messages m
       WHERE m.session_id = $3 AND m.user_id = $2 AND m.turn_id = $1
         AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = $3 AND s.deleted_at IS NULL)
       ORDER BY m.seq DESC LIMIT 1
       RETURNING id`,
      [id, userId, sessionId, makesSession, storableJson(system), storableJson(input), storableJson(body)],
    );
    return row !== undefined;
  }

  async place(id: string, userId: string): Promise<ResponsePlace | undefined> {
    return this.database.one(
      'response_place',
      `SELECT r.session_id AS "sessionId", r.seq::float8 AS seq, r.makes_session AS "makesSession", r.system ${OWN}`,
      [id, userId],
    );
  }

  async body(id: string, userId: string): Promise<Record<string, unknown> | undefined> {
    const row = await this.database.one<{ body: Record<string, unknown> }>('response_body', `SELECT r.body ${OWN}`, [
      id,
      userId,
    ]);
    return row?.body;
  }

  async input(id: string, userId: string): Promise<object[] | undefined> {
    const row = await this.database.one<{ input: object[] }>('response_input', `SELECT r.input ${OWN}`, [id, userId]);
    return row?.input;
  }

  /**
   * The session that was made for it, where this was the last response in it; null where others build on its words, or
   * the session is a conversation that the caller named. Undefined where there is no such response.
   */
  async delete(id: string, userId: string): Promise<{ orphanId: string | null } | undefined> {
    return this.database.one(
      'response_delete',
      `WITH gone AS (DELETE FROM responses WHERE id IN (SELECT r.id ${OWN}) RETURNING session_id, makes_session)
       SELECT CASE WHEN makes_session
           AND NOT EXISTS (SELECT 1 FROM responses o WHERE o.session_id = gone.session_id AND o.id <> $1)
         THEN session_id END AS "orphanId" FROM gone`,
      [id, userId],
    );
  }
}
