import { IsIn, IsInt, IsOptional, IsString, IsUrl, Max, MaxLength, Min, MinLength, NotEquals } from 'class-validator';

export const ROLES = ['all', 'api', 'worker', 'voice'] as const;
export type Role = (typeof ROLES)[number];

/** `config/app.yaml`: the process itself. */
export class AppSection {
  @IsInt() @Min(0) @Max(65_535) port = 3000;

  @IsString() @MinLength(1) @MaxLength(255) host = '0.0.0.0';

  /** Which part of the engine this process runs. */
  @IsIn(ROLES) role: Role = 'all';

  @IsIn(['development', 'test', 'staging', 'production']) env = 'development';

  /** Where the embedded database and generated secrets live. Other programs take `:memory:` for no folder at all. */
  @IsString()
  @MinLength(1)
  @MaxLength(1024)
  @NotEquals(':memory:', { message: 'must be a folder, as nothing is kept in memory; name one, or unset it for .data' })
  data_dir = '.data';

  /** How the world reaches this server; used in the banner and in links. */
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  @MaxLength(2048)
  public_url?: string;

  /** Milliseconds that running answers get to finish after SIGTERM. */
  @IsInt() @Min(0) @Max(600_000) shutdown_grace_ms = 25_000;

  /** Milliseconds between "not ready" and the closed door, for load balancers to notice. */
  @IsInt() @Min(0) @Max(60_000) shutdown_drain_ms = 0;

  get production(): boolean {
    return this.env === 'production';
  }
}
