import { ENGINE_API_VERSION } from '../../engine-health.js';
import { VadEngine, type VadStream } from '../vad.port.js';
import { WebRtcEar } from './webrtc-ear.js';

/** Of this many frames: one alone says little. */
const RECENT = 5;

/** WebRTC's detector. It needs next to nothing, and takes loud noise for speech now and then. */
export class WebRtcVadEngine extends VadEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider = 'webrtc';

  override open(): VadStream {
    return new WebRtcVadStream();
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }
}

class WebRtcVadStream implements VadStream {
  private ear = WebRtcEar.open(3);
  private recent: boolean[] = [];
  private closed = false;

  async probability(samples: Int16Array): Promise<number> {
    const ear = await this.ear;
    if (this.closed) return 0;
    this.recent = [...this.recent.slice(1 - RECENT), ear.hears(samples)];
    return this.recent.filter(Boolean).length / RECENT;
  }

  reset(): void {
    this.recent = [];
    const before = this.ear;
    this.ear = WebRtcEar.open(3);
    void before.then((ear) => ear.close());
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    void this.ear.then((ear) => ear.close());
  }
}
