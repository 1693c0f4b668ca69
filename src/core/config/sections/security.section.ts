import {
  IsBoolean,
  IsEmail,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';

/** `config/security.yaml`: who may come in. */
export class SecuritySection {
  /** Secret: signs access tokens. In production it must be given; elsewhere one is made and kept in `data_dir`. */
  @IsOptional()
  @IsString()
  @MinLength(32, { message: 'must have at least 32 characters' })
  @MaxLength(4096)
  jwt_secret?: string;

  /** Secret: the one before, still accepted while its tokens live. */
  @IsOptional()
  @IsString()
  @MinLength(32, { message: 'must have at least 32 characters' })
  @MaxLength(4096)
  jwt_secret_previous?: string;

  /** Secret: signs the audit chain. In production it must be given; elsewhere one is made and kept in `data_dir`. */
  @IsOptional()
  @IsString()
  @MinLength(32, { message: 'must have at least 32 characters' })
  @MaxLength(4096)
  audit_hmac_key?: string;

  /** Secret: those before, separated by commas, which still verify what they signed. */
  @IsOptional()
  @IsString()
  @MinLength(32, { message: 'must have at least 32 characters' })
  @MaxLength(4096)
  audit_hmac_key_previous?: string;

  /** Secret: encrypts second factors. Elsewhere than in production one is made and kept in `data_dir`. */
  @IsOptional()
  @IsString()
  @MinLength(32, { message: 'must have at least 32 characters' })
  @MaxLength(4096)
  encryption_key?: string;

  /** Secret: those before, separated by commas, which still open what they encrypted. */
  @IsOptional()
  @IsString()
  @MinLength(32, { message: 'must have at least 32 characters' })
  @MaxLength(4096)
  encryption_key_previous?: string;

  @IsString() @MinLength(1) @MaxLength(255) jwt_issuer = 'cozyengine';
  @IsString() @MinLength(1) @MaxLength(255) jwt_audience = 'cozyengine';

  /** 30 days, because the CozyChat web app cannot see that a token has expired. */
  @IsInt() @Min(60) @Max(31_536_000) access_token_ttl_seconds = 2_592_000;
  @IsInt() @Min(3600) @Max(63_072_000) refresh_token_ttl_seconds = 7_776_000;

  @IsBoolean() registration_enabled = true;

  /** Requests a minute: of one address before it is known who asks, and of one user. */
  @IsInt() @Min(1) @Max(10_000_000) rate_limit_ip_per_minute = 300;
  @IsInt() @Min(1) @Max(10_000_000) rate_limit_user_per_minute = 120;
  /** Of one address at registration, sign-in and refresh; of one user at routes that take files. */
  @IsInt() @Min(1) @Max(10_000_000) rate_limit_sign_in_per_minute = 30;
  @IsInt() @Min(1) @Max(10_000_000) rate_limit_upload_per_minute = 60;

  /** How long an export of a user's data can be fetched. */
  @IsInt() @Min(3600) @Max(7_776_000) export_ttl_seconds = 604_800;
  /** Between two exports of one user. */
  @IsInt() @Min(1) @Max(2_592_000) export_interval_seconds = 3600;
  /** How long services that remember a deleted user are asked again before an admin must look into it. */
  @IsInt() @Min(3600) @Max(7_776_000) deletion_retry_seconds = 604_800;

  /** With all three given, the first admin is created at start. */
  @IsOptional()
  @IsString()
  @Matches(/^[\p{L}\p{N}_.-]{3,20}$/u, { message: 'must be 3 to 20 letters, digits, _ . or -' })
  admin_username?: string;
  @IsOptional() @IsEmail() @MaxLength(254) admin_email?: string;
  /** Secret. */
  @IsOptional() @IsString() @MinLength(6) @MaxLength(256) admin_password?: string;
}
