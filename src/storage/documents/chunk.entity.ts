import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { DocumentEntity } from './document.entity.js';

/** A piece of a document that is found and cited as one. */
@Entity('chunks')
@Unique(['documentId', 'position'])
@Index('chunks_search_idx', { synchronize: false })
@Check('chunks_position_check', 'position >= 0')
@Check('chunks_text_check', 'char_length(text) <= 8000')
export class ChunkEntity {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'uuid' }) documentId: string;
  @ManyToOne(() => DocumentEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'document_id' })
  document?: DocumentEntity;
  /** Counted from 0 within the document. */
  @Column({ type: 'integer' }) position: number;
  /** The headings above it, outermost first. */
  @Column({ type: 'text', array: true, default: () => `'{}'` }) headings: string[];
  @Column({ type: 'integer', nullable: true }) page: number | null;
  @Column({ type: 'text' }) text: string;
  /**
   * Stemmed words, and the characters and pairs of scripts that are written without spaces, of the text, its headings and
   * the document's title; and one lexeme that names whose dataset it is, so that the index finds the words of that alone.
   */
  @Column({ type: 'tsvector' }) search: string;
}
