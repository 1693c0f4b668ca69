import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { UserService } from '../../orchestration/auth/user.service.js';
import { ApiBody, ApiTags } from '../docs/document.decorator.js';
import { Caller, Scopes } from './access.decorator.js';
import { ProfileDto } from './user.dto.js';

type UserRow = Awaited<ReturnType<UserService['get']>>;

const profileBody = (user: UserRow) => ({
  display_name: user.displayName,
  bio: user.bio,
  interests: user.interests,
  avatar_url: user.avatarUrl,
});

const userBody = (user: UserRow) => ({
  id: user.id,
  username: user.username,
  email: user.email,
  role: user.role,
  ...profileBody(user),
  preferences: user.preferences,
  created_at: user.createdAt.toISOString(),
});

@ApiTags('Accounts')
@Controller('v1/users')
export class UserController {
  constructor(private readonly users: UserService) {}

  @Get('me')
  @Scopes('chat:read', 'chat:write')
  async me(@Caller() principal: Principal) {
    return userBody(await this.users.get(principal.userId));
  }

  @Get('me/preferences')
  async preferences(@Caller() principal: Principal) {
    return { preferences: (await this.users.get(principal.userId)).preferences };
  }

  @Put('me/preferences')
  @ApiBody({ schema: { type: 'object', additionalProperties: true } })
  async setPreferences(@Caller() principal: Principal, @Body() change: unknown) {
    return { preferences: await this.users.mergePreferences(principal.userId, objectOf(change)) };
  }

  @Get('me/profile')
  async profile(@Caller() principal: Principal) {
    return profileBody(await this.users.get(principal.userId));
  }

  @Put(':id/profile')
  async setProfile(@Caller() principal: Principal, @Param('id') id: string, @Body() dto: ProfileDto) {
    const user = await this.users.updateProfile(principal, id === 'me' ? principal.userId : id, {
      displayName: dto.display_name,
      bio: dto.bio,
      interests: dto.interests ?? (dto.interests === null ? [] : undefined),
      avatarUrl: dto.avatar_url,
    });
    return profileBody(user);
  }
}

/** Clients send the change itself, or wrapped as they got it. */
function objectOf(body: unknown): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new CozyError('VALIDATION_FAILED', { message: 'The body must be a JSON object of preferences.' });
  }
  const { preferences, ...rest } = body as Record<string, unknown>;
  const wrapped = typeof preferences === 'object' && preferences !== null && Object.keys(rest).length === 0;
  return (wrapped ? preferences : body) as Record<string, unknown>;
}
