import { describe, expect, it } from 'vitest';
import { cogneeDataset, cogneeFileName, cogneeOwner, namedDocument } from './cognee-names.js';

describe('cogneeDataset', () => {
  it('keeps any two owners and names apart, in letters that Cognee accepts', () => {
    const datasets = [
      { ownerId: null, name: 'notes' },
      { ownerId: 'u1', name: 'notes' },
      { ownerId: 'u2', name: 'notes' },
      { ownerId: 'u1', name: 'notes ' },
      { ownerId: 'u1', name: 'Notes' },
      { ownerId: 'u1', name: '笔记' },
      { ownerId: 'u1', name: 'n'.repeat(500) },
      { ownerId: 'null', name: 'notes' },
    ];
    const names = datasets.map(cogneeDataset);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^cozy-(user-[0-9a-f]{32}|shared)-[0-9a-f]{32}[a-z0-9-]{0,41}$/);
  });

  it('tells whose it is', () => {
    const mine = cogneeDataset({ ownerId: 'u1', name: 'notes' });
    expect(mine.startsWith(cogneeOwner('u1'))).toBe(true);
    for (const other of ['u2', 'u', '', null]) expect(mine.startsWith(cogneeOwner(other))).toBe(false);
  });
});

describe('namedDocument', () => {
  it.each(['Plan', 'Ein Käfer.pdf', 'a--b', 'x/../y"z', '标题'.repeat(100)])(
    'reads what a file name tells: %s',
    (title) => {
      const name = cogneeFileName({ id: '0190-ab', title, contentType: 'text/plain' });
      expect(name).not.toMatch(/["/\r\n]/);
      expect(namedDocument(`/data/${name}`)?.id).toBe('0190-ab');
      const cut = encodeURIComponent(title).length > 120;
      expect(namedDocument(name)?.title === title).toBe(!cut);
    },
  );

  it('knows none in a foreign name', () => {
    expect(namedDocument('report.pdf')).toBeUndefined();
  });
});
