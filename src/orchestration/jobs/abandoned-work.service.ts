import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DatabaseConnection } from '../../storage/database/database.connection.js';
import { OutboxDrainRepository } from '../../storage/outbox/outbox-drain.repository.js';
import { JobQueue } from './job.queue.js';

/**
 * The embedded database belongs to one process: whatever is being worked on at its start, a process that is dead worked
 * on. It is taken up at once, not when the queue's locks and the leases have run out half a minute later.
 */
@Injectable()
export class AbandonedWorkService implements OnModuleInit {
  constructor(
    private readonly connection: DatabaseConnection,
    private readonly queue: JobQueue,
    private readonly drains: OutboxDrainRepository,
  ) {}

  /** Before the relay begins. */
  async onModuleInit(): Promise<void> {
    if (!this.connection.isEmbedded) return;
    await this.queue.clear();
    await this.drains.handBackAll();
  }
}
