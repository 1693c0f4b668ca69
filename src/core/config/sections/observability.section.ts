import { ArrayMaxSize, IsArray, IsIn, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import { AreAddressRanges } from './address-range.decorator.js';

/** `config/observability.yaml`: logs and metrics. */
export class ObservabilitySection {
  @IsIn(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']) log_level = 'info';

  /** Who may read /metrics without the token: addresses or CIDR ranges. */
  @IsArray()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  @MaxLength(64, { each: true })
  @AreAddressRanges()
  metrics_allow: string[] = ['127.0.0.0/8', '::1/128'];

  /** Secret: a bearer token that also opens /metrics. */
  @IsOptional() @IsString() @MinLength(8) @MaxLength(4096) metrics_token?: string;
}
