import { type CallLine, type Levels, routeTo } from './call-line.js';
import { levelMeter } from './sound/level.js';
import microphoneUrl from './sound/microphone.worklet.ts?worker&url';
import speakerUrl from './sound/speaker.worklet.ts?worker&url';

const SPOKEN_RATE = 24_000;

/** The sound of a call as PCM16 in the messages of its socket: for networks and servers without WebRTC. */
export class SocketLine implements CallLine {
  readonly transport = 'socket';
  readonly connected = true;
  private source: MediaStreamAudioSourceNode | null = null;

  private constructor(
    private readonly capture: AudioContext,
    private readonly playing: AudioContext,
    private readonly microphone: AudioWorkletNode,
    private readonly speaker: AudioWorkletNode,
    private readonly mine: () => number,
    private readonly theirs: () => number,
  ) {}

  /** @param onSound takes PCM16, 16 kHz, in pieces of 40 ms. */
  static async open(track: MediaStreamTrack, onSound: (samples: Int16Array<ArrayBuffer>) => void): Promise<SocketLine> {
    // Two, as not every browser takes a microphone into a context of another rate than its own.
    const capture = new AudioContext({ latencyHint: 'interactive' });
    const playing = new AudioContext({ latencyHint: 'interactive', sampleRate: SPOKEN_RATE });
    await Promise.all([capture.audioWorklet.addModule(microphoneUrl), playing.audioWorklet.addModule(speakerUrl)]);
    const microphone = new AudioWorkletNode(capture, 'microphone', { numberOfOutputs: 0 });
    microphone.port.onmessage = ({ data }: MessageEvent<Int16Array<ArrayBuffer>>) => onSound(data);
    const speaker = new AudioWorkletNode(playing, 'speaker', { numberOfInputs: 0, outputChannelCount: [1] });
    speaker.connect(playing.destination);
    const heard = new GainNode(capture);
    heard.connect(microphone);
    const line = new SocketLine(capture, playing, microphone, speaker, levelMeter(heard), levelMeter(speaker));
    line.input = heard;
    await line.useMicrophone(track);
    await Promise.all([capture.resume(), playing.resume()]);
    return line;
  }

  private input: AudioNode | null = null;

  play(samples: Int16Array<ArrayBuffer>): void {
    this.speaker.port.postMessage(samples, [samples.buffer]);
  }

  /** What has come and was not yet heard is not to be heard any more. */
  hush(): void {
    this.speaker.port.postMessage(null);
  }

  levels(): Levels {
    return { mine: this.mine(), theirs: this.theirs() };
  }

  useMicrophone(track: MediaStreamTrack): Promise<void> {
    this.source?.disconnect();
    this.source = new MediaStreamAudioSourceNode(this.capture, { mediaStream: new MediaStream([track]) });
    if (this.input) this.source.connect(this.input);
    return Promise.resolve();
  }

  useSpeaker(deviceId: string): Promise<void> {
    return routeTo(this.playing, deviceId);
  }

  close(): void {
    this.microphone.port.onmessage = null;
    for (const context of [this.capture, this.playing]) {
      if (context.state !== 'closed') void context.close();
    }
  }
}
