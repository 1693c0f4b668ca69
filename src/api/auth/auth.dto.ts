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

  @Text({
    min: 6,
    max: 32,
    optional: true,
    description: 'Where the account has a second factor: six digits of the authenticator, or a recovery code.',
    example: '123456',
  })
  code?: string;

  @Text({ max: 128, optional: true }) device_id?: string;
}

/** Of who is signed in, once more. */
export class PasswordDto {
  @Text({ min: 1, max: 256, description: 'The password of the account.', example: 'a long pass phrase' })
  password: string;
}

export class SecondFactorDto extends PasswordDto {
  @Text({ min: 6, max: 32, description: 'Six digits of the authenticator, or a recovery code.', example: '123456' })
  code: string;
}

export class RefreshDto {
  @Text({ min: 1, max: 512 }) refresh_token: string;
}
