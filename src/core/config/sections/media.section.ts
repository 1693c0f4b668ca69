import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';

const ICE_URL = /^(stun|stuns|turn|turns):\S+$/;
const ICE_URL_MESSAGE = { message: 'must be a URL like stun:host:3478 or turn:host:3478?transport=udp', each: true };

/** A STUN server, or a TURN server with a password that never changes. */
export class IceServerSection {
  @IsArray()
  @ArrayMaxSize(10)
  @IsString({ each: true })
  @MaxLength(512, { each: true })
  @Matches(ICE_URL, ICE_URL_MESSAGE)
  urls: string[] = [];

  @IsOptional() @IsString() @MinLength(1) @MaxLength(256) username?: string;
  @IsOptional() @IsString() @MinLength(1) @MaxLength(256) credential?: string;
}

/** TURN servers that share a secret with this one, as coturn does with `use-auth-secret`. */
export class TurnSection {
  @IsArray()
  @ArrayMaxSize(10)
  @IsString({ each: true })
  @MaxLength(512, { each: true })
  @Matches(ICE_URL, ICE_URL_MESSAGE)
  urls: string[] = [];

  /** Secret: from the environment or a file. */
  @IsOptional() @IsString() @MinLength(8) @MaxLength(1024) secret?: string;

  /** Seconds for which the credentials of one call are good. */
  @IsInt() @Min(60) @Max(86_400) ttl_seconds = 7_200;
}

/** `config/media.yaml`: calls over WebRTC. */
export class MediaSection {
  /** The mediasoup worker; without it the package's own, then the one that `npm run media:build` made. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(1024) worker_bin?: string;

  /** Folder of caches, where `npm run media:build` keeps what it builds. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(1024) cache_home?: string;

  /** Worker processes; 0 is one a core. */
  @IsInt() @Min(0) @Max(64) num_workers = 0;

  /** UDP and TCP port of the first worker, each further one takes the next; 0 takes free ones. */
  @IsInt() @Min(0) @Max(65_000) port = 0;

  /** Address or host name that clients reach this machine at; without it, its own addresses are told. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(255) announced_address?: string;

  @IsArray()
  @ArrayMaxSize(10)
  @ValidateNested({ each: true })
  @Type(() => IceServerSection)
  ice_servers: IceServerSection[] = [];

  @ValidateNested() @Type(() => TurnSection) turn = new TurnSection();

  /** Milliseconds that a room waits for somebody to connect, at its beginning and when all have gone. */
  @IsInt() @Min(1_000) @Max(600_000) connection_grace_ms = 30_000;
}
