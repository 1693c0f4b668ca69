import { type CallLine, type Levels, routeTo } from './call-line.js';
import { levelMeter } from './sound/level.js';

const SPOKEN_RATE = 24_000;

interface Parts {
  capture: AudioContext;
  playing: AudioContext;
  /** What any microphone is plugged into. */
  input: AudioNode;
  speaker: AudioWorkletNode;
  /** For the other people, whom the companion's being interrupted does not silence. */
  people: AudioWorkletNode;
}

async function captureInto(onSound: (samples: Int16Array<ArrayBuffer>) => void) {
  const { default: url } = await import('./sound/microphone.worklet.ts?worker&url');
  const capture = new AudioContext({ latencyHint: 'interactive' });
  await capture.audioWorklet.addModule(url);
  const microphone = new AudioWorkletNode(capture, 'microphone', { numberOfOutputs: 0 });
  microphone.port.addEventListener('message', ({ data }: MessageEvent<Int16Array<ArrayBuffer>>) => onSound(data));
  microphone.port.start();
  const input = new GainNode(capture);
  input.connect(microphone);
  return { capture, input };
}

async function playFrom() {
  const { default: url } = await import('./sound/speaker.worklet.ts?worker&url');
  const playing = new AudioContext({ latencyHint: 'interactive', sampleRate: SPOKEN_RATE });
  await playing.audioWorklet.addModule(url);
  const output = () => new AudioWorkletNode(playing, 'speaker', { numberOfInputs: 0, outputChannelCount: [1] });
  const [speaker, people] = [output(), output()];
  speaker.connect(playing.destination);
  people.connect(playing.destination);
  return { playing, speaker, people };
}

/** The sound of a call as PCM16 in the messages of its socket: for networks and servers without WebRTC. */
export class SocketLine implements CallLine {
  readonly transport = 'socket';
  readonly connected = true;
  private readonly mine: () => number;
  private readonly theirs: () => number;
  private source: MediaStreamAudioSourceNode | null = null;
  private closed = false;

  private constructor(private readonly parts: Parts) {
    this.mine = levelMeter(parts.input);
    this.theirs = levelMeter(parts.speaker);
  }

  /** @param onSound takes PCM16, 16 kHz, in pieces of 40 ms. */
  static async open(track: MediaStreamTrack, onSound: (samples: Int16Array<ArrayBuffer>) => void): Promise<SocketLine> {
    let line: SocketLine | null = null;
    // Two contexts, as not every browser takes a microphone into one of another rate than its own.
    const [capture, playing] = await Promise.all([
      captureInto((samples) => {
        if (line && !line.closed) onSound(samples);
      }),
      playFrom(),
    ]);
    line = new SocketLine({ ...capture, ...playing });
    await line.useMicrophone(track);
    await Promise.all([capture.capture.resume(), playing.playing.resume()]);
    return line;
  }

  play(samples: Int16Array<ArrayBuffer>): void {
    this.parts.speaker.port.postMessage(samples, [samples.buffer]);
  }

  playPeople(samples: Int16Array<ArrayBuffer>): void {
    this.parts.people.port.postMessage(samples, [samples.buffer]);
  }

  /** What has come and was not yet heard is not to be heard any more. */
  hush(): void {
    this.parts.speaker.port.postMessage(null, []);
  }

  levels(): Levels {
    return { mine: this.mine(), theirs: this.theirs() };
  }

  useMicrophone(track: MediaStreamTrack): Promise<void> {
    this.source?.disconnect();
    this.source = new MediaStreamAudioSourceNode(this.parts.capture, { mediaStream: new MediaStream([track]) });
    this.source.connect(this.parts.input);
    return Promise.resolve();
  }

  useSpeaker(deviceId: string): Promise<void> {
    return routeTo(this.parts.playing, deviceId);
  }

  close(): void {
    this.closed = true;
    for (const context of [this.parts.capture, this.parts.playing]) {
      if (context.state !== 'closed') void context.close();
    }
  }
}
