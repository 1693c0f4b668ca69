/** Below this nothing is shown: the noise of a quiet room. */
const FLOOR_DB = -60;

/** How loud a sound is, between 0 (a quiet room) and 1. */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / Math.max(samples.length, 1) + 1e-12);
  return Math.max(0, Math.min(1, 1 - decibels / FLOOR_DB));
}

/** Listens to a node without changing what it sounds like. */
export function levelMeter(node: AudioNode): () => number {
  const analyser = new AnalyserNode(node.context, { fftSize: 1024 });
  node.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return () => {
    analyser.getFloatTimeDomainData(samples);
    return levelOf(samples);
  };
}
