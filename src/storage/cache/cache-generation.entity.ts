import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Since when cached answers about somebody are out of date. Kept for longer than any answer is cached. */
@Entity('cache_generations')
@Index('cache_generations_raised_at_idx', ['raisedAt'])
export class CacheGenerationEntity {
  /** A hash: who it is about is nobody's business here. */
  @PrimaryColumn({ type: 'text' }) subject: string;
  @Column({ type: 'uuid' }) generation: string;
  @Column({ type: 'timestamptz', default: () => 'now()' }) raisedAt: Date;
}
