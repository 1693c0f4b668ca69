import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDataDirectory } from './data-directory-lock.js';
import { EmbeddedDatabaseError } from './embedded-database.error.js';
import { throughLink } from './socket-path.js';

let dataDir: string;
beforeEach(() => void (dataDir = mkdtempSync(join(tmpdir(), 'cozy-lock-'))));
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** What a process leaves that was killed: the folder of its lock, with nobody listening. */
function leaveStaleLock(generation: number): void {
  mkdirSync(join(dataDir, `lock-${generation}`));
  writeFileSync(join(dataDir, `lock-${generation}`, 'owner.json'), '{"pid":1,"host":"gone"}');
}

describe.skipIf(process.platform === 'win32')('the lock of a data folder', () => {
  it('refuses a second owner and names the first', async () => {
    const lock = await lockDataDirectory(dataDir);
    const second = lockDataDirectory(dataDir);
    await expect(second).rejects.toBeInstanceOf(EmbeddedDatabaseError);
    await expect(second).rejects.toThrow(
      new RegExp(`^the data folder ${dataDir} is in use by process ${process.pid} on host .+: stop that first, or set DATA_DIR to another folder$`), // prettier-ignore
    );
    await lock.release();
  });

  it('is free after its release, and a released owner may release again', async () => {
    const first = await lockDataDirectory(dataDir);
    await first.release();
    const second = await lockDataDirectory(dataDir);
    await first.release();
    await expect(lockDataDirectory(dataDir)).rejects.toThrow(/in use/);
    await second.release();
  });

  it('takes over from a dead owner although its pid lives', async () => {
    leaveStaleLock(7);
    const lock = await lockDataDirectory(dataDir);
    expect(readdirSync(dataDir)).toEqual(['lock-8']);
    await lock.release();
  });

  it.each(['nothing', 'a stale lock'])('lets exactly one of many racing starts win over %s', async (before) => {
    if (before !== 'nothing') leaveStaleLock(3);
    for (let round = 0; round < 10; round++) {
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDirectory(dataDir)));
      const won = results.filter((result) => result.status === 'fulfilled');
      expect(won).toHaveLength(1);
      await Promise.all(won.map((result) => result.value.release()));
    }
    expect(readdirSync(dataDir).filter((name) => name.startsWith('claim-'))).toEqual([]);
  });

  it('tidies away what killed starts left, but not a start that is under way', async () => {
    mkdirSync(join(dataDir, 'claim-old'));
    utimesSync(join(dataDir, 'claim-old'), 1, 1);
    mkdirSync(join(dataDir, 'claim-new'));
    const lock = await lockDataDirectory(dataDir);
    expect(readdirSync(dataDir).toSorted()).toEqual(['claim-new', 'lock-1']);
    await lock.release();
  });

  it('holds in a folder whose path is longer than a socket address', async () => {
    const deep = join(dataDir, 'x'.repeat(120), 'y'.repeat(120));
    const lock = await lockDataDirectory(deep);
    await expect(lockDataDirectory(deep)).rejects.toThrow(/in use/);
    await lock.release();
    await (await lockDataDirectory(deep)).release();
  });

  it('holds when the same folder is reached by two paths', async () => {
    const lock = await lockDataDirectory(dataDir);
    const { path } = throughLink(dataDir);
    try {
      expect(throughLink(dataDir).path).toBe(path);
      await expect(lockDataDirectory(path)).rejects.toThrow(/in use/);
    } finally {
      rmSync(path);
      await lock.release();
    }
  });
});
