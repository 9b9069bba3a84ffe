import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytePath } from '../../../src/checkout/byte-path.js';
import { pathIdentity } from '../../../src/checkout/path-identity.js';

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(realpathSync(tmpdir()), 'doi-trail-'));
  mkdirSync(join(top, 'group/root'), { recursive: true });
});
afterEach(() => rmSync(top, { recursive: true }));

const trail = (path: string) => pathIdentity(bytePath(join(top, path)));

/** Waits until the file system's clock has moved on. */
function tick(): void {
  const touch = () => {
    writeFileSync(join(top, 'scratch'), '');
    return statSync(join(top, 'scratch'), { bigint: true }).ctimeNs;
  };
  for (const before = touch(); touch() <= before; );
}

describe('the trail to a folder', () => {
  it('is the same as long as nothing is moved, whatever changes inside its folders and beside it', () => {
    mkdirSync(join(top, 'group/root/workplans'));
    const before = trail('group/root');
    tick();
    writeFileSync(join(top, 'group/root/workplans/a.md'), '');
    writeFileSync(join(top, 'group/beside'), '');
    expect(trail('group/root')).toBe(before);
  });

  it('is another one after the folder was renamed away and back', () => {
    const before = trail('group/root');
    tick();
    renameSync(join(top, 'group/root'), join(top, 'away'));
    renameSync(join(top, 'away'), join(top, 'group/root'));
    expect(trail('group/root')).not.toBe(before);
  });

  it('is another one after a link on the way led elsewhere and back, at whatever place it stands', () => {
    for (const [link, target, path] of [
      ['last', 'group/root', 'last'],
      ['first', 'group', 'first/root'],
      ['absolute', join(top, 'group'), 'absolute/root'],
      ['up', 'group/../group/./root', 'up'],
    ] as const) {
      symlinkSync(target, join(top, link));
      const before = trail(path);
      expect(trail(path)).toBe(before);
      expect(before.endsWith(trail('group/root'))).toBe(true);
      tick();
      rmSync(join(top, link));
      symlinkSync(target, join(top, link));
      expect(trail(path), link).not.toBe(before);
    }
  });

  it('shows where it ends: at an absent file, or in a loop of links', () => {
    expect(trail('group/gone/further')).toContain('absent');
    symlinkSync('loop', join(top, 'loop'));
    expect(trail('loop')).toBe(trail('loop'));
    symlinkSync('gone', join(top, 'dangling'));
    expect(trail('dangling')).toContain('absent');
  });
});
