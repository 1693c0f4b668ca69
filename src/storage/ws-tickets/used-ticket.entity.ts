import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A WebSocket ticket that has been used. Kept until it would have expired anyway. */
@Entity('used_tickets')
@Index('used_tickets_expires_at_idx', ['expiresAt'])
export class UsedTicketEntity {
  /** The ticket's `jti`. */
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'timestamptz' }) expiresAt: Date;
}
