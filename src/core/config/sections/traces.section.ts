import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';

/** `key=value` pairs with commas between them. */
const PAIRS = /^\s*[^=,\s]+\s*=[^,]*(,\s*[^=,\s]+\s*=[^,]*)*,?\s*$/;
const SAMPLERS = ['always_on', 'always_off', 'traceidratio'];

/** Traces by OpenTelemetry: nothing is traced without an endpoint. */
export class TracesSection {
  /** Of a collector that takes OTLP over HTTP; `/v1/traces` is added. */
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  @MaxLength(2048)
  endpoint?: string;

  /** Secret: headers of every export. */
  @IsOptional()
  @IsString()
  @MaxLength(8192)
  @Matches(PAIRS, { message: 'must be key=value, key=value …' })
  headers?: string;

  /** `cozyengine`, unless the attributes say otherwise. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(255) service_name?: string;

  /** What else the traces say of this process. */
  @IsOptional()
  @IsString()
  @MaxLength(8192)
  @Matches(PAIRS, { message: 'must be key=value, key=value …' })
  resource_attributes?: string;

  @IsIn([...SAMPLERS, ...SAMPLERS.map((name) => `parentbased_${name}`)]) sampler = 'parentbased_always_on';

  /** Of the ratio samplers: the share of traces that are kept. */
  @IsNumber() @Min(0) @Max(1) sampler_arg = 1;

  /** How long finished spans wait for others, to be exported together. */
  @IsInt() @Min(10) @Max(60_000) delay_ms = 5000;

  /** Of one export, retries included. */
  @IsInt() @Min(100) @Max(60_000) timeout_ms = 10_000;

  /** Whether requests to models' providers and engines carry `traceparent`. */
  @IsBoolean() propagate = false;

  /** Whether a request's `traceparent` is believed; else whoever sends one would choose what is kept, and under which id. */
  @IsBoolean() trust_incoming = false;
}
