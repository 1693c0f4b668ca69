import { CozyError } from '../../core/errors/cozy.error.js';
import { DtoPipe } from '../dto/dto.pipe.js';
import { boundedBody } from '../http/json-body.js';
import {
  ItemCreateDto,
  ItemNameDto,
  ItemTruncateDto,
  PlainEventDto,
  ResponseCancelDto,
  ResponseCreateDto,
  SessionUpdateDto,
} from './client-event.dto.js';

const SHAPES = {
  'session.update': SessionUpdateDto,
  'input_audio_buffer.commit': PlainEventDto,
  'input_audio_buffer.clear': PlainEventDto,
  'conversation.item.create': ItemCreateDto,
  'conversation.item.retrieve': ItemNameDto,
  'conversation.item.truncate': ItemTruncateDto,
  'conversation.item.delete': ItemNameDto,
  'response.create': ResponseCreateDto,
  'response.cancel': ResponseCancelDto,
  'output_audio_buffer.clear': PlainEventDto,
};

type Shapes = typeof SHAPES;
type Shaped = { [Type in keyof Shapes]: { type: Type; body: InstanceType<Shapes[Type]> } }[keyof Shapes];

/** Sound stays apart: it comes fifty times a second, and is nothing to look into. */
export type ClientEvent = Shaped | { type: 'input_audio_buffer.append'; audio: Buffer };

/** An event that was read, or what is wrong with it; `id` is the client's own name of it, where it gave one. */
export type ReadEvent = { id: string | null } & ({ event: ClientEvent } | { error: CozyError });

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const LONGEST_EVENT_ID = 512;
const pipe = new DtoPipe();

const refuse = (param: string, message: string) => new CozyError('VALIDATION_FAILED', { param, message });
const isKnown = (type: unknown): type is keyof Shapes => typeof type === 'string' && Object.hasOwn(SHAPES, type);

/** Never throws. */
export function readClientEvent(text: string): ReadEvent {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return { id: null, error: new CozyError('VALIDATION_MALFORMED_JSON', { message: 'The event is not valid JSON.' }) };
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return { id: null, error: refuse('type', 'An event is a JSON object with a type.') };
  }
  const { event_id: named } = given as { event_id?: unknown };
  const id = typeof named === 'string' ? named.slice(0, LONGEST_EVENT_ID) : null;
  try {
    return { id, event: eventOf(given as Record<string, unknown>) };
  } catch (error) {
    if (error instanceof CozyError) return { id, error };
    throw error;
  }
}

function eventOf(given: Record<string, unknown>): ClientEvent {
  const { type } = given;
  if (type === 'input_audio_buffer.append') return { type, audio: soundOf(given['audio']) };
  if (!isKnown(type)) {
    const known = ['input_audio_buffer.append', ...Object.keys(SHAPES)].join(', ');
    throw refuse('type', `There is no such event. Known are ${known}.`);
  }
  const body = pipe.transform(boundedBody(given), { type: 'body', metatype: SHAPES[type] });
  return { type, body } as Shaped;
}

function soundOf(audio: unknown): Buffer {
  if (typeof audio !== 'string') throw refuse('audio', 'audio must be sound in base64.');
  if (audio.length % 4 === 1 || !BASE64.test(audio)) throw refuse('audio', 'audio is no base64.');
  return Buffer.from(audio, 'base64');
}
