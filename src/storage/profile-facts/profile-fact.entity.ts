import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

/** Who found the fact: the rules or a model in what was said, or the user who set it by hand. */
export type FactSource = 'rules' | 'model' | 'user';

@Entity('profile_facts')
@Index('profile_facts_believed_idx', ['userId', 'slot'], { unique: true, where: 'valid_to IS NULL' })
@Index('profile_facts_user_id_idx', ['userId'])
@Check('profile_facts_key_check', 'char_length(key) <= 64')
@Check('profile_facts_value_check', 'char_length(value) <= 500')
@Check('profile_facts_source_check', `source IN ('rules', 'model', 'user')`)
export class ProfileFactEntity {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  @Column({ type: 'text' }) key: string;
  /** What there can be one of: the key, or the key with the value where a user may have several. */
  @Column({ type: 'text' }) slot: string;
  @Column({ type: 'text' }) value: string;
  @Column({ type: 'text' }) source: FactSource;
  @Column({ type: 'uuid', nullable: true }) messageId: string | null;
  @Column({ type: 'uuid', nullable: true }) turnId: string | null;
  @Column({ type: 'timestamptz' }) validFrom: Date;
  /** Null while it is believed. */
  @Column({ type: 'timestamptz', nullable: true }) validTo: Date | null;
  @Column({ type: 'uuid', nullable: true }) supersededBy: string | null;
}
