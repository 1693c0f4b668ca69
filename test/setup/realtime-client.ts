import { onTestFinished } from 'vitest';
import { Resampler } from '../../src/core/util/resampler.js';
import { serverEventFlaws } from './realtime-schema.js';
import { spokenSamples } from './speech.js';
import { type SocketEvent, TestSocket } from './web-socket.js';

const bytesOf = ({ buffer, byteOffset, byteLength }: Int16Array) =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

/** At the rate of OpenAI's PCM. */
export const at24kHz = (samples: Int16Array): Buffer =>
  bytesOf(new Resampler(16_000, 24_000).push(Int16Array.from([...samples, ...new Int16Array(400)])));

/** Somebody asks for the time, and is silent. */
export const question = (): Buffer => Buffer.concat([at24kHz(spokenSamples()), Buffer.alloc(48_000)]);

/** A client of WS `/v1/realtime`. All that it is told is held against OpenAI's schemas at the end of its test. */
export class RealtimeClient {
  private constructor(readonly socket: TestSocket) {}

  /** Resolves when the session is there. */
  static async open(url: string, token: string, query = ''): Promise<RealtimeClient> {
    const headers = { Authorization: `Bearer ${token}` };
    const client = new RealtimeClient(await TestSocket.open(url, `/v1/realtime${query}`, { headers }));
    onTestFinished(() => {
      const flaws = serverEventFlaws(client.events);
      if (flaws.length > 0) throw new Error(flaws.join('\n'));
    });
    await client.next('session.created');
    return client;
  }

  get events(): SocketEvent[] {
    return this.socket.events;
  }

  /** Their types, one after the other; each only once where several of a kind follow each other. */
  get story(): string[] {
    const types = this.events.map(({ type }) => String(type));
    return types.filter((type, at) => type !== types[at - 1]);
  }

  of(type: string): SocketEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  next(type: string): Promise<SocketEvent> {
    return this.socket.next(type);
  }

  send(type: string, body: object = {}): void {
    this.socket.send({ type, ...body });
  }

  /** Resolves when it is in force. */
  async update(session: object): Promise<SocketEvent> {
    this.send('session.update', { session: { type: 'realtime', ...session } });
    return (await this.next('session.updated')).session;
  }

  type(text: string): void {
    const content = [{ type: 'input_text', text }];
    this.send('conversation.item.create', { item: { type: 'message', role: 'user', content } });
  }

  /** What was said, in pieces of 100 ms. */
  say(sound: Buffer): void {
    for (let at = 0; at < sound.length; at += 4800) {
      this.send('input_audio_buffer.append', { audio: sound.subarray(at, at + 4800).toString('base64') });
    }
  }

  leave(): void {
    this.socket.leave();
  }
}
