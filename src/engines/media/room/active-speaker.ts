import type { types } from 'mediasoup';
import { askWorker } from '../worker/media-request.js';

/** Milliseconds between two looks. */
const INTERVAL_MS = 300;
/** dBov under which nobody speaks. */
const SILENCE = -60;

/** Says who of a room speaks loudest. One observer of mediasoup knows who leads, another one when nobody speaks. */
export class ActiveSpeaker {
  private readonly listeners = new Set<(peerId: string | null) => void>();
  private readonly peers = new Map<string, string>();
  private leader: string | null = null;
  private told: string | null = null;
  /** The leader may change after all have fallen silent: the two observers look at different moments. */
  private silent = true;

  private constructor(
    private readonly dominance: types.ActiveSpeakerObserver,
    private readonly levels: types.AudioLevelObserver,
  ) {
    dominance.on('dominantspeaker', ({ producer }) => {
      this.leader = this.peers.get(producer.id) ?? null;
      if (!this.silent) this.tell(this.leader);
    });
    levels.on('volumes', ([loudest]) => {
      this.silent = false;
      this.tell(this.leader ?? (loudest && this.peers.get(loudest.producer.id)) ?? null);
    });
    levels.on('silence', () => {
      this.silent = true;
      this.tell(null);
    });
  }

  static async open(router: types.Router): Promise<ActiveSpeaker> {
    const [dominance, levels] = await askWorker(() =>
      Promise.all([
        router.createActiveSpeakerObserver({ interval: INTERVAL_MS }),
        router.createAudioLevelObserver({ interval: INTERVAL_MS, threshold: SILENCE, maxEntries: 1 }),
      ]),
    );
    return new ActiveSpeaker(dominance, levels);
  }

  /** Until the microphone ends. */
  async watch(peerId: string, microphone: types.Producer): Promise<void> {
    const producerId = microphone.id;
    this.peers.set(producerId, peerId);
    microphone.observer.once('close', () => {
      this.peers.delete(producerId);
      if (this.leader === peerId) this.leader = null;
      if (this.told === peerId) this.tell(null);
    });
    await askWorker(() =>
      Promise.all([this.dominance.addProducer({ producerId }), this.levels.addProducer({ producerId })]),
    );
  }

  onChange(listener: (peerId: string | null) => void): void {
    this.listeners.add(listener);
  }

  private tell(peerId: string | null): void {
    if (peerId === this.told) return;
    this.told = peerId;
    for (const listener of this.listeners) listener(peerId);
  }
}
