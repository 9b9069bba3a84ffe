import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, stat, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../helpers/world.js';
import { expectations, type Statuses } from './criteria/expectations.js';
import { COMPLETE, fence, PLAN, plan, scope } from './criteria/texts.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('special');
});
afterAll(() => world.close());

const { expectFresh, expectStale } = expectations(() => world);

describe('a folder', () => {
  it('that is gone fails C3, skips what needs it, and is noticed when it is back', async () => {
    await world.add('gone', COMPLETE);
    await expectFresh('gone', { C3: 'pass', C5: 'pass', C13: 'pass' });
    await rename(world.path('gone'), world.path('away'));
    await expectStale('gone', 'SCOPE.md', 'CLAUDE.md', 'tpsc.yaml', 'checkout', 'workplans');
    await expectFresh('gone', { C1: 'pass', C3: 'fail', C5: 'skip', C6: 'skip', C7: 'skip', C14: 'pass' });
    await rename(world.path('away'), world.path('gone'));
    await expectStale('gone', 'SCOPE.md', 'CLAUDE.md', 'tpsc.yaml', 'checkout', 'workplans');
    await expectFresh('gone', { C3: 'pass', C5: 'pass', C6: 'pass', C7: 'pass' });
  });

  it('that was replaced by a clone with the same files at the same path is noticed', async () => {
    await world.add('replaced', COMPLETE);
    await expectFresh('replaced', { C3: 'pass' });
    execFileSync('cp', ['-a', world.path('replaced'), world.path('clone')]);
    await rename(world.path('replaced'), world.path('former'));
    await rename(world.path('clone'), world.path('replaced'));
    await expectStale('replaced', 'SCOPE.md', 'CLAUDE.md', 'tpsc.yaml', 'checkout', 'workplans');
    await expectFresh('replaced', { C3: 'pass', C5: 'pass' });
  });

  it.each([
    ['holds nothing but .git', false],
    ['holds nothing at all and never did', true],
  ])('that %s is present, and fails for the files it lacks', async (title, removeGit) => {
    const slug = title.replaceAll(/[^a-z]+/g, '-');
    await world.add(slug);
    if (removeGit) await rm(world.path(slug, '.git'), { recursive: true });
    const statuses: Statuses = { C3: 'pass', C5: 'fail', C6: 'fail', C7: 'pass', C9: 'fail', C11: 'fail' };
    await expectFresh(slug, { ...statuses, C12: 'fail', C13: 'fail' });
    await world.write(slug, 'CLAUDE.md', 'kaizen\n');
    await expectStale(slug, 'CLAUDE.md');
    await expectFresh(slug, { ...statuses, C6: 'pass', C12: 'pass' });
  });
});

describe('workplans', () => {
  it('are judged within ten seconds where there are 500, and one broken among them is named', async () => {
    const id = (index: number) => `CUST-WP-${String(index).padStart(4, '0')}`;
    const text = (index: number, status = 'active') =>
      plan({ id: id(index), status }, { id: `${id(index)}-T01` });
    const names = Array.from({ length: 500 }, (_, index) => `workplans/${id(index)}-plan.md`);
    await world.add('many', Object.fromEntries(names.map((name, index) => [name, text(index)])));
    const began = performance.now();
    const { C7 } = await expectFresh('many', { C7: 'pass', C13: 'pass' });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(C7).toBe('The consistency check found no FAIL (no findings).');
    await world.write('many', names[333] ?? '', text(333, 'someday'));
    await expectStale('many', 'workplans');
    const broken = await expectFresh('many', { C7: 'fail', C13: 'fail' });
    expect(broken['C7']).toMatch(/1 FAIL: C-02 workplans\/CUST-WP-0333-plan\.md:\d+ the status “someday”/);
  });

  it('fail over 5,000 entries without a checker being started, and pass with one entry less', async () => {
    await world.add('crowded', COMPLETE);
    const extra = Array.from({ length: 5_000 }, (_, index) =>
      world.path('crowded', `workplans/${index}.txt`),
    );
    for (const file of extra) await writeFile(file, '');
    const { checks } = world;
    const { C7, C13 } = await expectFresh('crowded', { C5: 'pass', C7: 'fail', C13: 'fail' });
    for (const detail of [C7, C13]) expect(detail).toContain('workplans has more than 5,000 entries.');
    expect(world.checks).toBe(checks);
    await unlink(extra[0] ?? '');
    await expectStale('crowded', 'workplans');
    await expectFresh('crowded', { C7: 'pass', C13: 'pass' });
  });
});

describe('a link', () => {
  it('to a file of the checkout is followed: an edit there and another target make it stale', async () => {
    await world.add('linked', { 'AGENTS.md': 'kaizen', 'docs/OTHER.md': 'nothing' });
    await symlink('AGENTS.md', world.path('linked', 'CLAUDE.md'));
    await expectFresh('linked', { C6: 'pass', C12: 'pass' });
    await world.write('linked', 'AGENTS.md', 'nothing');
    await expectStale('linked', 'CLAUDE.md');
    await expectFresh('linked', { C6: 'pass', C12: 'fail' });
    await world.write('linked', 'docs/OTHER.md', 'kaizen');
    expect((await world.read('linked')).stale).toBe(false);
    await unlink(world.path('linked', 'CLAUDE.md'));
    await symlink('docs/OTHER.md', world.path('linked', 'CLAUDE.md'));
    await expectStale('linked', 'CLAUDE.md');
    await expectFresh('linked', { C6: 'pass', C12: 'pass' });
    await unlink(world.path('linked', 'docs/OTHER.md'));
    await expectStale('linked', 'CLAUDE.md');
    const { C6 } = await expectFresh('linked', { C6: 'fail', C12: 'fail' });
    expect(C6).toBe('CLAUDE.md is a link to something that is not there.');
  });

  it('out of the checkout fails what rests on it, and nothing of what is there comes into an answer', async () => {
    const outside = join(world.folder, 'outside');
    await mkdir(join(outside, 'rules'), { recursive: true });
    const files = {
      'SCOPE.md': scope({ capabilities: fence('capability', 'type: SECRET') }),
      'CLAUDE.md': 'kaizen',
    };
    const more = {
      'tpsc.yaml': 'services: SECRET',
      'plan.md': '---\nid: SECRET\n---\n',
      'rules/a.md': 'kaizen',
    };
    for (const [file, text] of Object.entries({ ...files, ...more }))
      await writeFile(join(outside, file), text);
    await world.add('leading-out', { 'workplans/README.md': '', '.claude/x': '' });
    const link = (target: string, file: string) => symlink(target, world.path('leading-out', file));
    await link('../outside/SCOPE.md', 'SCOPE.md');
    await link(join(outside, 'CLAUDE.md'), 'CLAUDE.md');
    await link('workplans/../../outside/tpsc.yaml', 'tpsc.yaml');
    await link(join(outside, 'rules'), '.claude/rules');
    await link('../../outside/plan.md', PLAN);
    await world.sql`insert into tpsc_snapshots (repo_id) values (${await world.id('leading-out')})`;
    const all: Statuses = {
      C5: 'fail',
      C6: 'fail',
      C7: 'fail',
      C9: 'fail',
      C11: 'fail',
      C12: 'fail',
      C13: 'fail',
    };
    const details = await expectFresh('leading-out', all);
    for (const id of Object.keys(all))
      expect(details[id]).toContain('is a link that leads out of the checkout');
    expect(JSON.stringify(await world.read('leading-out'))).not.toContain('SECRET');
    // The probe does not read what is outside, so an edit there makes nothing stale.
    await writeFile(join(outside, 'SCOPE.md'), 'edited');
    expect((await world.read('leading-out')).stale).toBe(false);
    await unlink(world.path('leading-out', 'SCOPE.md'));
    await world.write('leading-out', 'SCOPE.md', scope());
    await expectStale('leading-out', 'SCOPE.md');
    await expectFresh('leading-out', { C5: 'pass', C11: 'pass', C6: 'fail' });
  });
});

describe('an edit', () => {
  it('of the same size with the old mtime restored is noticed, twice in a row', async () => {
    await world.add('sly', { 'CLAUDE.md': 'kaizen' });
    const file = world.path('sly', 'CLAUDE.md');
    const old = new Date('2026-01-01T00:00:00Z');
    await utimes(file, old, old);
    await expectFresh('sly', { C12: 'pass' });
    for (const [text, status] of [
      ['normal', 'fail'],
      ['kaizen', 'pass'],
    ] as const) {
      await writeFile(file, text);
      await utimes(file, old, old);
      expect(await stat(file)).toMatchObject({ size: 6, mtime: old });
      await expectStale('sly', 'CLAUDE.md');
      await expectFresh('sly', { C12: status });
    }
  });

  it('by a rename over the file is noticed, with size and mtime the same', async () => {
    await world.add('renamed', { 'CLAUDE.md': 'kaizen', 'CLAUDE.new': 'normal' });
    const old = new Date('2026-01-01T00:00:00Z');
    for (const file of ['CLAUDE.md', 'CLAUDE.new']) await utimes(world.path('renamed', file), old, old);
    await expectFresh('renamed', { C12: 'pass' });
    await rename(world.path('renamed', 'CLAUDE.new'), world.path('renamed', 'CLAUDE.md'));
    await expectStale('renamed', 'CLAUDE.md');
    await expectFresh('renamed', { C6: 'pass', C12: 'fail' });
  });
});
