import { Email, Text } from '../dto/field.decorator.js';

const USERNAME = /^[\p{L}\p{N}_.-]+$/u;

export class RegisterDto {
  @Text({
    min: 3,
    max: 20,
    pattern: USERNAME,
    patternMessage: 'may hold letters, digits, _ . and - only',
    example: 'ana',
  })
  username: string;

  @Email({ example: 'ana@example.com' }) email: string;

  @Text({ min: 6, max: 256, example: 'a long pass phrase' }) password: string;

  @Text({ max: 128, optional: true, description: 'Names the device, so that its sign-ins can be told apart.' })
  device_id?: string;
}

export class LoginDto {
  @Text({ min: 1, max: 254, description: 'User name or e-mail address.', optional: true, example: 'ana' })
  username?: string;

  @Text({ min: 1, max: 254, optional: true }) email?: string;

  @Text({ min: 1, max: 256, example: 'a long pass phrase' }) password: string;

  @Text({ max: 128, optional: true }) device_id?: string;
}

export class RefreshDto {
  @Text({ min: 1, max: 512 }) refresh_token: string;
}
