/** Hostile checkouts: very many files, very deep folders, and as much as the limits let through. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { discoverRepositories } from '../../src/registry/discover-repositories.js';
import { type Arena, type Judged, openArena } from './arena.js';
import {
  BODIES,
  makeCrowd,
  makeDeep,
  makeLinks,
  makePlans,
  makeRules,
  removeDeep,
} from './fixtures/crowds.js';
import { GOOD, GOOD_STATUSES } from './places.js';

let arena: Arena;
beforeAll(async () => {
  arena = await openArena('crowds');
});
afterEach(() => arena.expectUntouched());
afterAll(() => arena.close());

const WORKPLANS = { ...GOOD_STATUSES, C7: 'fail', C13: 'fail' };
const RULES = { ...GOOD_STATUSES, C12: 'fail' };

/** A good checkout, in which no other file names the template where the rules are rejected. */
function goodBut(folder: string): Readonly<Record<string, string>> {
  return folder === '.claude/rules' ? { ...GOOD, 'CLAUDE.md': 'Be kind.\n' } : GOOD;
}

function expectRefused(
  { statuses, details }: Judged,
  folder: 'workplans' | '.claude/rules',
  why: string,
): void {
  const isPlans = folder === 'workplans';
  expect(statuses).toEqual(isPlans ? WORKPLANS : RULES);
  for (const id of isPlans ? ['C7', 'C13'] : ['C12']) expect(details[id]).toBe(`${folder} ${why}.`);
}

describe('100,000 files', () => {
  const slug = 'crowd';
  let crowd: string;
  beforeAll(async () => {
    crowd = arena.world.path('many');
    makeCrowd(crowd, 100_000);
    await arena.world.add(slug, GOOD);
  });

  /** Judges a checkout in which the crowd replaces one folder. */
  async function judgeWithCrowd(folder: string): Promise<Judged> {
    const path = arena.world.path(slug, folder);
    await rm(path, { recursive: true, force: true });
    await arena.world.write(slug, 'CLAUDE.md', goodBut(folder)['CLAUDE.md'] ?? '');
    await rename(crowd, path);
    try {
      return await arena.judge(slug, `100,000 files in ${folder}`);
    } finally {
      await rename(path, crowd);
      for (const [file, text] of Object.entries(GOOD)) await arena.world.write(slug, file, text);
    }
  }

  it.each(['workplans', 'workplans/archived'])('in %s are too many', async (folder) => {
    expectRefused(await judgeWithCrowd(folder), 'workplans', 'has more than 5,000 entries');
  });

  it('in .claude/rules are too many', async () => {
    expectRefused(await judgeWithCrowd('.claude/rules'), '.claude/rules', 'has more than 5,000 entries');
  });

  it.each(['.claude', '.git', '.git/refs/heads', 'docs'])('in %s change no verdict', async (folder) => {
    await mkdir(arena.world.path(slug, '.git/refs'), { recursive: true });
    const { statuses } = await judgeWithCrowd(folder);
    expect(statuses).toEqual(GOOD_STATUSES);
  });

  it('at the root change no verdict, and do not slow down registering', async () => {
    await arena.world.add('wide', GOOD);
    await rm(arena.world.path('wide'), { recursive: true });
    await rename(crowd, arena.world.path('wide'));
    for (const [file, text] of Object.entries({ ...GOOD, '.git/HEAD': 'ref: refs/heads/main\n' }))
      await arena.world.write('wide', file, text);
    const { statuses } = await arena.judge('wide', '100,000 files at the root');
    expect(statuses).toEqual(GOOD_STATUSES);
    const began = performance.now();
    const { repositories } = await discoverRepositories([arena.world.path('wide')]);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(repositories).toHaveLength(1);
  });
});

describe('folders in folders', () => {
  it.each([
    ['workplans', 6],
    ['.claude/rules', 6],
    ['workplans', 40],
    ['.claude/rules', 40],
  ] as const)('of %s, %d deep, are too deep', async (folder, depth) => {
    const slug = `deep-${depth}-${folder.replaceAll(/\W/g, '')}`;
    await arena.world.add(slug, goodBut(folder));
    try {
      makeDeep(arena.world.path(slug, folder), depth);
      const judged = await arena.judge(slug, 'folders in folders');
      expectRefused(judged, folder, 'has more than 5 levels of folders');
    } finally {
      removeDeep(arena.world.path(slug));
    }
  });

  it('change no verdict in another folder, even where a path is longer than 4,096 bytes', async () => {
    await arena.world.add('deep-elsewhere', GOOD);
    try {
      makeDeep(arena.world.path('deep-elsewhere', 'src'), 40);
      const { statuses } = await arena.judge('deep-elsewhere', 'folders in folders');
      expect(statuses).toEqual(GOOD_STATUSES);
    } finally {
      removeDeep(arena.world.path('deep-elsewhere'));
    }
  });
});

describe('16 MiB', () => {
  it.each(Object.entries(BODIES))('of %s are checked in time', async (name, body) => {
    const slug = `full-of-${name.replaceAll(' ', '-')}`;
    await arena.world.add(slug, GOOD);
    await rm(arena.world.path(slug, 'workplans'), { recursive: true });
    makePlans(arena.world.path(slug, 'workplans'), body);
    const { statuses, details } = await arena.judge(slug, `16 MiB of ${name}`);
    const isFine = /lines|fences/.test(name);
    const isUnfilled = name === 'placeholders';
    expect(statuses).toEqual(isFine ? GOOD_STATUSES : isUnfilled ? { ...WORKPLANS, C7: 'pass' } : WORKPLANS);
    if (isUnfilled) expect(details['C13']).toContain('found 1000 WARN: C-15 workplans/A-WP-');
    else if (!isFine)
      expect(details['C7']).toMatch(/^The consistency check found \d+ FAIL: C-1\d workplans\/A-WP-/);
    await rm(arena.world.path(slug, 'workplans'), { recursive: true });
  });

  it('of rules are read, and a byte more are too many', async () => {
    await arena.world.add('rules', { ...GOOD, 'CLAUDE.md': 'nothing' });
    await rm(arena.world.path('rules', '.claude/rules'), { recursive: true });
    makeRules(arena.world.path('rules', '.claude/rules'));
    const { statuses, details } = await arena.judge('rules', '16 MiB of rules');
    expect(statuses).toEqual(RULES);
    expect(details['C12']).toContain(
      'None of CLAUDE.md, .claude/rules/0.md, .claude/rules/1.md and 62 more names kaizen',
    );
    await writeFile(arena.world.path('rules', '.claude/rules/one-more.md'), 'x');
    const more = await arena.judge('rules', '16 MiB of rules');
    expectRefused(more, '.claude/rules', 'has more than 16 MiB of files');
  });
});

it('thousands of links that each lead far are over a limit', async () => {
  for (const folder of ['workplans', '.claude/rules'] as const) {
    const slug = `links-${folder.replaceAll(/\W/g, '')}`;
    await arena.world.add(slug, goodBut(folder));
    makeLinks(arena.world.path(slug), folder);
    const judged = await arena.judge(slug, 'thousands of long links');
    expectRefused(judged, folder, 'has links over more than 10,000 names');
  }
  // Making 9,800 links takes long on a busy disk; judging them has its own limit.
}, 300_000);
