import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { ChunkEntity } from './chunk.entity.js';
import { DocumentEntity } from './document.entity.js';

/** What a chunk means, where a model makes vectors. */
@Entity('chunk_vectors')
@Index('chunk_vectors_document_id_idx', ['documentId'])
export class ChunkVectorEntity {
  @PrimaryColumn({ type: 'uuid' }) chunkId: string;
  @ManyToOne(() => ChunkEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'chunk_id' }) chunk?: ChunkEntity;
  @Column({ type: 'uuid' }) documentId: string;
  @ManyToOne(() => DocumentEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'document_id' })
  document?: DocumentEntity;
  /** Vectors of different models cannot be compared. */
  @Column({ type: 'text' }) model: string;
  /** The signs of the embedding: a small sketch of it, to find the rows whose embedding is worth reading. */
  @Column({ type: 'varbit' }) signature: string;
  @Column({ type: 'real', array: true }) embedding: number[];
}
