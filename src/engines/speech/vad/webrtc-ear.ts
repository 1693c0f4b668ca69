import loadFvad from '@echogarden/fvad-wasm';
import { HEARD_RATE } from '../../../core/domain/audio.js';

/** The longest frame that WebRTC's detector takes: 30 ms. */
const MOST_SAMPLES = (HEARD_RATE * 30) / 1000;

type Library = Awaited<ReturnType<typeof loadLibrary>>;

let loading: Promise<Library> | undefined;

async function loadLibrary() {
  const fvad = await loadFvad();
  return {
    memory: fvad,
    make: fvad.cwrap('fvad_new', 'number', []),
    free: fvad.cwrap('fvad_free', null, ['number']),
    setMode: fvad.cwrap('fvad_set_mode', 'number', ['number', 'number']),
    setRate: fvad.cwrap('fvad_set_sample_rate', 'number', ['number', 'number']),
    /** 1: speech, 0: none, -1: a frame of the wrong length. */
    process: fvad.cwrap('fvad_process', 'number', ['number', 'number', 'number']),
    takeMemory: fvad.cwrap('malloc', 'number', ['number']),
    giveMemory: fvad.cwrap('free', null, ['number']),
  };
}

/** WebRTC's detector for one call: cheap, and easily taken in by loud noise. */
export class WebRtcEar {
  private constructor(
    private readonly library: Library,
    private readonly handle: number,
    private readonly buffer: number,
  ) {}

  /** @param mode 0 (lets everything through) to 3 (lets only speech through). */
  static async open(mode: 0 | 1 | 2 | 3): Promise<WebRtcEar> {
    loading ??= loadLibrary();
    const library = await loading;
    const handle = library.make();
    library.setMode(handle, mode);
    library.setRate(handle, HEARD_RATE);
    return new WebRtcEar(library, handle, library.takeMemory(MOST_SAMPLES * 2));
  }

  /** Whether a frame of 10, 20 or 30 ms sounds like speech; frames of other lengths never do. */
  hears(samples: Int16Array): boolean {
    if (samples.length > MOST_SAMPLES) return false;
    // Memory that grows is another array.
    this.library.memory.HEAP16.set(samples, this.buffer / 2);
    return this.library.process(this.handle, this.buffer, samples.length) === 1;
  }

  close(): void {
    this.library.free(this.handle);
    this.library.giveMemory(this.buffer);
  }
}
