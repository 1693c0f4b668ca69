import type { types } from 'mediasoup-client';
import type { CallPerson } from './call-event.js';
import { routeTo } from './call-line.js';
import type { CallSocket } from './call-socket.js';

interface Heard {
  consumer: types.Consumer;
  element: HTMLAudioElement;
}

/** The other people of a call over WebRTC, each with a loudspeaker of their own. */
export class PeopleEars {
  /** By the producer of their microphone. */
  private readonly heard = new Map<string, Heard>();
  private speakerId = '';
  /** One change after the other. */
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly ends: { receiving: types.Transport; capabilities: types.RtpCapabilities },
    private readonly signals: Pick<CallSocket, 'ask'>,
  ) {}

  hear(others: readonly CallPerson[]): Promise<void> {
    this.last = this.last.catch(() => undefined).then(() => this.change(others));
    return this.last;
  }

  async useSpeaker(deviceId: string): Promise<void> {
    this.speakerId = deviceId;
    await Promise.all([...this.heard.values()].map(({ element }) => routeTo(element, deviceId)));
  }

  close(): void {
    for (const producerId of this.heard.keys()) this.drop(producerId);
  }

  private async change(others: readonly CallPerson[]): Promise<void> {
    const wanted = new Map(others.flatMap(({ id, producerId }) => (producerId === null ? [] : [[producerId, id]])));
    for (const producerId of this.heard.keys()) if (!wanted.has(producerId)) this.drop(producerId);
    const fresh = [...wanted].filter(([producerId]) => !this.heard.has(producerId));
    for (const [producerId, personId] of fresh) await this.add(producerId, personId);
    if (fresh.length > 0) await this.signals.ask('media.resume');
  }

  private async add(producerId: string, personId: string): Promise<void> {
    const { receiving, capabilities } = this.ends;
    const body = { rtp_capabilities: capabilities, participant_id: personId };
    const answered = await this.signals.ask('media.consume', body);
    const consumer = await receiving.consume(answered.consumer as types.ConsumerOptions);
    const element = new Audio();
    element.srcObject = new MediaStream([consumer.track]);
    this.heard.set(producerId, { consumer, element });
    if (this.speakerId) await routeTo(element, this.speakerId);
    await element.play();
  }

  private drop(producerId: string): void {
    const heard = this.heard.get(producerId);
    this.heard.delete(producerId);
    heard?.consumer.close();
    if (heard) heard.element.srcObject = null;
  }
}
