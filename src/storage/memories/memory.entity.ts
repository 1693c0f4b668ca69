import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

/**
 * Of the user: `said`, in their own words; `fact`, as a model put it; `kept`, because they asked for it. Of the
 * conversation, and never taken for a fact: `asked`, the user's questions and short answers; `replied`, what the
 * companion said.
 */
export type MemoryKind = 'said' | 'fact' | 'kept' | 'asked' | 'replied';

@Entity('memories')
@Unique(['userId', 'hash'])
@Index('memories_user_id_id_idx', ['userId', 'id'])
@Check('memories_kind_check', `kind IN ('said', 'fact', 'kept', 'asked', 'replied')`)
@Check('memories_text_check', 'char_length(text) <= 4000')
export class MemoryEntity {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  @Column({ type: 'uuid', nullable: true }) sessionId: string | null;
  @Column({ type: 'uuid', nullable: true }) messageId: string | null;
  @Column({ type: 'uuid', nullable: true }) turnId: string | null;
  @Column({ type: 'text' }) kind: MemoryKind;
  @Column({ type: 'text' }) text: string;
  /** SHA-256 of the text without its case, spaces and last punctuation: the same thing is kept once. */
  @Column({ type: 'bytea' }) hash: Buffer;
  /** What a search compares, made of the text; null in rows that are older than it. */
  @Column({ type: 'text', nullable: true }) outline: string | null;
  @Column({ type: 'real', array: true, nullable: true }) embedding: number[] | null;
  /** Vectors of different models cannot be compared. */
  @Column({ type: 'text', nullable: true }) embeddingModel: string | null;
  /** The signs of the embedding: a small sketch of it, to find the rows whose embedding is worth reading. */
  @Column({ type: 'varbit', nullable: true }) signature: string | null;
  /** When it was said last. */
  @Column({ type: 'timestamptz', default: () => 'now()' }) createdAt: Date;
}
