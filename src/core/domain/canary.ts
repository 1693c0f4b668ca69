import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';

export const CANARY_SUBJECTS = ['user', 'session'] as const;
export type CanarySubject = (typeof CANARY_SUBJECTS)[number];
export const CANARY_ENVIRONMENTS = ['development', 'test', 'staging', 'production'] as const;

/** `base` is what everybody had before. Fixed, as they are labels of metrics. */
export type CanaryArm = 'base' | 'canary';

const MOST_LISTED = 10_000;
const FEATURE = /^[a-z][a-z0-9_.-]{0,63}$/;

/** What those in the canary get instead. Nothing named: the same as everybody, which measures the measuring. */
export class CanaryVariant {
  /** Id of the personality that answers. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(64) personality?: string;
  @IsOptional() @IsString() @MinLength(1) @MaxLength(128) model?: string;
  /** Name of a configured AI provider. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(32) provider?: string;
  /** Name of a legacy server of `canary.yaml`, which gets HTTP chat requests as they came. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(32) upstream?: string;
}

/** When a variant is so much worse than the base that it is taken back without anybody being asked. */
export class CanaryBudget {
  /** The last so many seconds count. */
  @IsInt() @Min(10) @Max(3600) window_seconds = 300;
  /** Nothing is judged on fewer requests. */
  @IsInt() @Min(1) @Max(100_000) min_requests = 20;
  /** By how much the share of failed requests may be larger than the base's: 0.05 is five in a hundred. */
  @IsOptional() @IsNumber() @Min(0) @Max(1) max_error_rate_delta?: number;
  /** How many times the base's latency the variant's may be. */
  @IsOptional() @IsNumber() @Min(1) @Max(100) max_latency_ratio?: number;
  /** How many times the base's time to the first piece of an answer the variant's may be. */
  @IsOptional() @IsNumber() @Min(1) @Max(100) max_first_token_ratio?: number;
  /** Which latency, and which time to the first piece, is compared: 50 is the median. */
  @IsInt() @Min(50) @Max(99) latency_percentile = 50;
}

/** Who of a feature's subjects gets its variant. The same in `config/canary.yaml` and on the admin routes. */
export class CanaryRule {
  @Matches(FEATURE, { message: 'must be 1 to 64 of a-z, 0-9, _ . and -, starting with a letter' })
  feature: string;

  @IsBoolean() enabled = false;

  /** Share of the subjects, in hundredths of a percent at the finest. */
  @IsNumber({ maxDecimalPlaces: 2 }) @Min(0) @Max(100) percentage = 0;

  /** Whose id is hashed, and so who stays where they are. */
  @IsIn(CANARY_SUBJECTS) subject: CanarySubject = 'user';

  /** Ids of users or sessions that are in, whatever the percentage. */
  @IsArray()
  @ArrayMaxSize(MOST_LISTED)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(64, { each: true })
  allow_list: string[] = [];

  /** Ids of users or sessions that are out, whatever else is said. */
  @IsArray()
  @ArrayMaxSize(MOST_LISTED)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(64, { each: true })
  block_list: string[] = [];

  /** Where the rule is for: values of APP_ENV; empty: everywhere. */
  @IsArray() @ArrayUnique() @IsIn(CANARY_ENVIRONMENTS, { each: true }) environments: string[] = [];

  /** Which personalities' turns it is for; empty: all. */
  @IsArray()
  @ArrayMaxSize(200)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(64, { each: true })
  personalities: string[] = [];

  @ValidateNested() @Type(() => CanaryVariant) variant = new CanaryVariant();

  /**
   * Name of a legacy server that gets the HTTP chat requests of all who are not in the canary, also while the rule is off:
   * the canary is then this server, and a rollback leads back to the earlier one.
   */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(32) base_upstream?: string;

  /** Absent: nothing is taken back automatically. */
  @IsOptional() @ValidateNested() @Type(() => CanaryBudget) budget?: CanaryBudget;
}
