import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, pino, stdTimeFunctions } from 'pino';
import { describeError, redact, redactText } from './redact.js';
import { currentRequest } from './request-context.js';
import { currentSpan } from '../tracing/tracing.js';

type Fields = Record<string, unknown>;

/**
 * Structured logging: one JSON object a line, ids of the running request added, secrets removed. Events are named by
 * a short sentence; facts go into fields. Never log what people say or what models answer.
 */
export class Logger {
  private readonly pino;

  constructor(level: string, destination?: DestinationStream) {
    this.pino = pino(
      {
        level,
        base: undefined,
        messageKey: 'message',
        timestamp: () => `,"timestamp":"${stdTimeFunctions.isoTime().slice(9, -1)}"`,
        formatters: { level: (label) => ({ level: label }) },
        // A copy: pino writes a line's own fields into what it is given.
        mixin: () => ({ ...currentRequest(), ...traceOf() }),
      },
      destination ?? pino.destination({ sync: false, minLength: 0 }),
    );
  }

  debug(message: string, fields: Fields = {}): void {
    if (this.pino.isLevelEnabled('debug')) this.pino.debug(redact(fields) as Fields, message);
  }

  info(message: string, fields: Fields = {}): void {
    this.pino.info(redact(fields) as Fields, message);
  }

  /** For lines whose fields are all the engine's own (ids, numbers): skips the search for secrets. */
  trusted(message: string, fields: Fields): void {
    this.pino.info(fields, message);
  }

  warn(message: string, fields: Fields = {}, error?: unknown): void {
    this.pino.warn(withError(fields, error), message);
  }

  error(message: string, fields: Fields = {}, error?: unknown): void {
    this.pino.error(withError(fields, error), message);
  }

  /** Somebody must look at this now. */
  critical(message: string, fields: Fields = {}): void {
    this.pino.fatal(redact(fields) as Fields, message);
  }

  /** Writes out what is buffered; call before the process ends. */
  flush(): void {
    this.pino.flush();
  }
}

function traceOf(): { trace_id?: string } {
  const { traceId } = currentSpan();
  return traceId === undefined ? {} : { trace_id: traceId };
}

function withError(fields: Fields, error: unknown): Fields {
  const clean = redact(fields) as Fields;
  return error === undefined ? clean : { ...clean, error: describeError(error) };
}

/** Lets Nest speak through the same log. Its start-up chatter is of interest only when debugging. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(redactText(String(message)), { nest: rest.at(-1) });
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(redactText(String(message)), { nest: rest.at(-1) });
  }

  error(message: unknown, ...rest: unknown[]): void {
    // A failed start is told once, by main.
    if (rest.at(-1) === 'ExceptionHandler' || rest.at(-1) === 'NestApplication') return;
    this.logger.error(
      redactText(String(message)),
      { nest: rest.map(String) },
      message instanceof Error ? message : undefined,
    );
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.error(message, ...rest);
  }

  debug(): void {}

  verbose(): void {}
}
