import type { SttOptions, SttRecording } from '../stt.port.js';

/** Providers know a recording by the ending of its name. */
export function sttParams(recording: SttRecording, options: SttOptions, model: string) {
  const { language, prompt, temperature } = options;
  return {
    file: new File([Uint8Array.from(recording.bytes)], `audio.${recording.format}`),
    model,
    response_format: options.timed === true ? ('verbose_json' as const) : ('json' as const),
    ...(language !== undefined && { language }),
    ...(prompt !== undefined && { prompt }),
    ...(temperature !== undefined && { temperature }),
  };
}

/** OpenAI's `gpt-…` models tell no times, and any other model never streams there. */
export const isGpt = (model: string): boolean => model.startsWith('gpt-');
