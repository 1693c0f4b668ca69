import { Injectable } from '@nestjs/common';
import { actsAsAdmin, type Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { isUuid } from '../../core/util/ids.js';
import { AuditService } from '../audit/audit.service.js';
import { type ProfileChange, UserRepository, type UserRow } from '../../storage/users/user.repository.js';

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

const MAX_PREFERENCES_BYTES = 65_536;

/** Objects are merged key by key, at every depth; null removes a key; anything else replaces. */
export function mergePreferences(current: Tree, change: Tree): Tree {
  const merged = new Map(Object.entries(current));
  for (const [key, value] of Object.entries(change)) {
    const below = merged.get(key);
    if (value === null) merged.delete(key);
    else merged.set(key, isTree(value) ? mergePreferences(isTree(below) ? below : {}, value) : value);
  }
  return Object.fromEntries(merged);
}

/** A user's own record. */
@Injectable()
export class UserService {
  constructor(
    private readonly users: UserRepository,
    private readonly audit: AuditService,
  ) {}

  async get(userId: string): Promise<UserRow> {
    return found(await this.users.find(userId));
  }

  /** Users change their own profile; admins anybody's. Another's id does not exist for a user. */
  async updateProfile(principal: Principal, userId: string, change: ProfileChange): Promise<UserRow> {
    if (!isUuid(userId) || (userId !== principal.userId && !actsAsAdmin(principal)))
      throw new CozyError('RESOURCE_NOT_FOUND');
    const user = found(await this.users.updateProfile(userId, change));
    if (userId !== principal.userId) {
      const fields = Object.entries(change).flatMap(([field, value]) => (value === undefined ? [] : [field]));
      const { userId: actorId } = principal;
      await this.audit.record({
        action: 'admin.profile_change',
        outcome: 'success',
        actorId,
        subject: userId,
        details: { fields },
      });
    }
    return user;
  }

  async mergePreferences(userId: string, change: Tree): Promise<Tree> {
    return found(
      await this.users.changePreferences(userId, (current) => {
        const merged = mergePreferences(current, change);
        if (JSON.stringify(merged).length > MAX_PREFERENCES_BYTES) {
          throw new CozyError('VALIDATION_FAILED', {
            message: 'Preferences may hold 64 KB at most.',
            param: 'preferences',
          });
        }
        return merged;
      }),
    );
  }
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new CozyError('RESOURCE_NOT_FOUND');
  return value;
}
