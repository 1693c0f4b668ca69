import { describe, expect, it } from 'vitest';
import { SecretBox } from './secret-box.js';

const OLD = 'the key that was there before the other';
const NEW = 'the key that has come after the other one';

describe('SecretBox', () => {
  it('opens what it sealed, for the same owner only', () => {
    const box = new SecretBox([NEW]);
    const sealed = box.seal('JBSWY3DPEHPK3PXP', 'ana');
    expect(box.open(sealed, 'ana')).toBe('JBSWY3DPEHPK3PXP');
    expect(box.open(sealed, 'ben')).toBeUndefined();
    expect(sealed.includes('JBSWY3DPEHPK3PXP')).toBe(false);
    expect(box.seal('JBSWY3DPEHPK3PXP', 'ana').equals(sealed)).toBe(false);
  });

  it('opens what an older key sealed while it is told of it', () => {
    const sealed = new SecretBox([OLD]).seal('text', 'ana');
    expect(new SecretBox([NEW, OLD]).open(sealed, 'ana')).toBe('text');
    expect(new SecretBox([NEW]).open(sealed, 'ana')).toBeUndefined();
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another version', Buffer.concat([Buffer.of(9), Buffer.alloc(40)])],
    ['too little', Buffer.concat([Buffer.of(1), Buffer.alloc(10)])],
    ['noise', Buffer.concat([Buffer.of(1), Buffer.alloc(60, 7)])],
  ])('opens no %s', (_name, bytes) => {
    expect(new SecretBox([NEW]).open(bytes, 'ana')).toBeUndefined();
  });

  it('does not open what was changed', () => {
    const box = new SecretBox([NEW]);
    const sealed = box.seal('text', 'ana');
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    expect(box.open(sealed, 'ana')).toBeUndefined();
  });
});
