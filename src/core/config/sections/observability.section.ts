import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { AreAddressRanges } from './address-range.decorator.js';
import { TracesSection } from './traces.section.js';

/** `config/observability.yaml`: logs, metrics, traces and the audit trail. */
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

  /** Days after which audit events may be removed, behind a checkpoint; 0 keeps them for ever. */
  @IsInt() @Min(0) @Max(36_500) audit_retention_days = 0;

  /** A checkpoint is signed after so many audit events, and after so many minutes with any. */
  @IsInt() @Min(1) @Max(1_000_000) audit_checkpoint_events = 1000;
  @IsInt() @Min(1) @Max(10_080) audit_checkpoint_minutes = 60;

  /** Where checkpoints are appended to; a file in `data_dir/audit` for each database where it is not given. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(1024) audit_checkpoint_file?: string;

  @ValidateNested() @Type(() => TracesSection) traces = new TracesSection();
}
