import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { AccountExportEntity } from './account-export.entity.js';

/** A piece of an export; all of them in their order are one gzip stream. */
@Entity('account_export_parts')
export class AccountExportPartEntity {
  @PrimaryColumn({ type: 'uuid' }) exportId: string;
  @ManyToOne(() => AccountExportEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'export_id' })
  export?: AccountExportEntity;
  @PrimaryColumn({ type: 'integer' }) place: number;
  @Column({ type: 'bytea' }) content: Buffer;
}
