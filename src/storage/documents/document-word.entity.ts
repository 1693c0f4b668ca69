import { Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { DocumentEntity } from './document.entity.js';

/** A word of a document, to be found by one that is misspelt. */
@Entity('document_words')
@Index('document_words_word_idx', { synchronize: false })
export class DocumentWordEntity {
  @PrimaryColumn({ type: 'uuid' }) documentId: string;
  @ManyToOne(() => DocumentEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'document_id' })
  document?: DocumentEntity;
  @PrimaryColumn({ type: 'text' }) word: string;
}
