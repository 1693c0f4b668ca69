import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SecuritySection } from '../../core/config/sections/security.section.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { newId } from '../../core/util/ids.js';
import { AuditService } from '../audit/audit.service.js';
import { UserRepository, type UserRow } from '../../storage/users/user.repository.js';
import { hashPassword } from './password.js';

/** Makes admins: the first one from the environment, any from the command line. There is no default password. */
@Injectable()
export class FirstAdminService implements OnApplicationBootstrap {
  constructor(
    private readonly users: UserRepository,
    private readonly security: SecuritySection,
    private readonly audit: AuditService,
    private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { admin_username: username, admin_email: email, admin_password: password } = this.security;
    if (!username || !email || !password || (await this.users.hasAdmin())) return;
    try {
      await this.create({ username, email, password });
      this.logger.info('First admin created from ADMIN_USERNAME');
    } catch (error) {
      if (!(error instanceof CozyError) || error.code !== 'RESOURCE_CONFLICT') throw error;
      // Another instance was faster, or the name is an ordinary user's: neither may stop the start.
      this.logger.warn('ADMIN_USERNAME or ADMIN_EMAIL is taken; no admin was created');
    }
  }

  async create(admin: { username: string; email: string; password: string }): Promise<UserRow> {
    const passwordHash = await hashPassword(admin.password);
    const user = await this.users.create({
      id: newId(),
      username: admin.username,
      email: admin.email,
      passwordHash,
      role: 'admin',
    });
    await this.audit.record({ action: 'admin.create', outcome: 'success', level: 'warning', subject: user.id });
    return user;
  }
}
