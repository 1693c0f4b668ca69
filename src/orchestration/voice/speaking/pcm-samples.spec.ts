import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { PcmSamples } from './pcm-samples.js';

it('samples are the same however their bytes are cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(fc.nat(5), { maxLength: 20 }), (bytes, cuts) => {
      const samples = new PcmSamples();
      const taken: number[] = [];
      let at = 0;
      for (const size of [...cuts, bytes.length]) {
        taken.push(...samples.take(bytes.subarray(at, at + size)));
        at += size;
      }
      const whole = bytes.slice(0, bytes.length & ~1);
      expect(taken).toEqual([...new Int16Array(whole.buffer)]);
    }),
  );
});
