import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { DocumentStatus, DocumentType } from '../../core/domain/document.js';
import { UserEntity } from '../users/user.entity.js';

@Entity('documents')
@Index('documents_owner_id_dataset_id_idx', ['ownerId', 'dataset', 'id'])
@Index('documents_shared_idx', ['dataset', 'id'], { where: 'owner_id IS NULL' })
@Check('documents_dataset_check', `dataset ~ '^[a-z0-9][a-z0-9_-]{0,63}$'`)
@Check('documents_title_check', 'char_length(title) BETWEEN 1 AND 300')
@Check(
  'documents_content_type_check',
  `content_type IN ('text/plain', 'text/markdown', 'text/html', 'application/pdf')`,
)
@Check('documents_status_check', `status IN ('pending', 'ready', 'failed')`)
@Check('documents_bytes_check', 'bytes >= 0')
export class DocumentEntity {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  /** Null for what an admin has shared with everybody. */
  @Column({ type: 'uuid', nullable: true }) ownerId: string | null;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'owner_id' }) owner?: UserEntity;
  @Column({ type: 'text' }) dataset: string;
  @Column({ type: 'text' }) title: string;
  @Column({ type: 'text' }) contentType: DocumentType;
  @Column({ type: 'text', default: 'pending' }) status: DocumentStatus;
  /** Of the last failure. */
  @Column({ type: 'text', nullable: true }) errorCode: string | null;
  @Column({ type: 'jsonb', default: () => `'{}'` }) metadata: Record<string, unknown>;
  /** The text as it was read, by headings and paragraphs. The file itself is not kept. */
  @Column({ type: 'jsonb' }) content: unknown;
  /** Of the text, in UTF-8. */
  @Column({ type: 'integer' }) bytes: number;
  @Column({ type: 'integer', default: 0 }) chunks: number;
  @Column({ type: 'timestamptz', default: () => 'now()' }) createdAt: Date;
  @Column({ type: 'timestamptz', nullable: true }) indexedAt: Date | null;
}
