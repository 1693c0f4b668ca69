import { describe, expect, it } from 'vitest';
import { keepCallSettings, readCallSettings, STANDARD } from './call-settings.js';

const storeWith = (text: string | null) => {
  let kept = text;
  return { getItem: () => kept, setItem: (_key: string, value: string) => void (kept = value) };
};

describe(readCallSettings, () => {
  it.each([
    ['nothing', null, STANDARD],
    ['null', 'null', STANDARD],
    ['no JSON', '{', STANDARD],
    ['another transport', '{"transport":"pigeon","microphoneId":3}', STANDARD],
    ['a part', '{"transport":"socket","microphoneId":"m"}', { ...STANDARD, transport: 'socket', microphoneId: 'm' }],
  ])('reads %s', (_name, text, settings) => {
    expect(readCallSettings(storeWith(text))).toEqual(settings);
  });

  it('reads back what was kept', () => {
    const store = storeWith(null);
    const settings = { transport: 'webrtc', microphoneId: 'm', speakerId: 's' } as const;
    keepCallSettings(store, settings);
    expect(readCallSettings(store)).toEqual(settings);
  });
});
