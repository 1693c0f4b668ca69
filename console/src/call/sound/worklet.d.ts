/** What the scope of an AudioWorklet offers; TypeScript's own libraries know the page's scope only. */
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  abstract process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** Hertz of the context. */
declare const sampleRate: number;
