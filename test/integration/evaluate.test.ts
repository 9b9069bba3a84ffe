import { rename, rm, utimes } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReport } from '../../src/reader/read-report.js';
import { openWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('evaluate');
});
afterAll(() => world.close());

const byId = (answer: Awaited<ReturnType<World['read']>>) =>
  Object.fromEntries(answer.criteria.map(({ id, status }) => [id, status]));

describe('an evaluation', () => {
  it('makes a repository that was never evaluated fresh, with fourteen verdicts', async () => {
    await world.add('first', { 'CLAUDE.md': 'Use kaizen.\n' });
    const before = await world.read('first');
    expect(before).toMatchObject({ tier: 'none', checked_at: null, stale: true, criteria: [] });
    expect(before.stale_reasons.map(({ code }) => code)).toEqual(['never_evaluated']);
    expect(await world.evaluate('first')).toMatchObject({ end: 'written', ran: 14, kept: 0 });
    const after = await world.read('first');
    expect(after.stale_reasons).toEqual([]);
    expect(after).toMatchObject({ stale: false, verified: 'probed', refresh: null, failure: null });
    expect(byId(after)).toMatchObject({
      C1: 'pass',
      C2: 'pass',
      C3: 'pass',
      C5: 'fail',
      C6: 'pass',
      C12: 'pass',
    });
    const { durations_ms: durations = {}, duration_ms: whole = 0 } = after.evaluation ?? {};
    expect(Object.keys(durations)).toHaveLength(14);
    const { C5, C7, C13 } = durations;
    // A program was started for the two criteria of the checker, and for no other.
    expect(C5).toBeLessThan(C7 ?? 0);
    expect(Math.abs((C7 ?? 0) - (C13 ?? 0))).toBeLessThan(C7 ?? 0);
    expect(C7).toBeLessThan(whole);
  });

  it('gives a report that is verified as cached where the file system of the checkout may lag', async () => {
    const { prober } = world.deps;
    const lagging = {
      probe: async (...args: Parameters<typeof prober.probe>) =>
        new Map([...(await prober.probe(...args))].map(([id, probe]) => [id, { ...probe, isCached: true }])),
    };
    const deps = { ...world.deps, prober: lagging as unknown as typeof prober };
    const { answer } = await readReport(deps, 'first');
    expect(answer).toMatchObject({ stale: false, verified: 'cached' });
  });

  it('judges again only the criteria that read a changed input', async () => {
    await world.add('second', { 'SCOPE.md': '# Scope\n' });
    await world.evaluate('second');
    const { checks } = world;
    await world.write('second', 'CLAUDE.md', 'hello\n');
    const stale = await world.read('second');
    expect(stale.stale_reasons.map(({ input }) => input)).toEqual(['CLAUDE.md']);
    expect(await world.evaluate('second')).toMatchObject({ end: 'written', ran: 2, kept: 12 });
    expect(world.checks).toBe(checks);
    const after = await world.read('second');
    expect(after.stale).toBe(false);
    expect(after.evaluation).toMatchObject({
      ran: ['C6', 'C12'],
      changed: [{ input: 'CLAUDE.md', was: 'absent' }],
    });
    expect(Object.keys(after.evaluation?.durations_ms ?? {}).sort()).toEqual(['C12', 'C6']);
  });

  it('keeps every verdict of a repository whose files changed only in their times', async () => {
    await world.add('touched', { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'x' });
    await world.evaluate('touched');
    const { checks } = world;
    await utimes(world.path('touched', 'SCOPE.md'), 1, 1);
    await utimes(world.path('touched', 'workplans/README.md'), 1, 1);
    expect((await world.read('touched')).stale_reasons.map(({ input }) => input)).toEqual([
      'SCOPE.md',
      'workplans',
    ]);
    expect(await world.evaluate('touched')).toMatchObject({ end: 'written', ran: 0, kept: 14 });
    expect(world.checks).toBe(checks);
    expect((await world.read('touched')).stale).toBe(false);
  });

  it('finds nothing to do where nothing changed', async () => {
    expect(await world.evaluate('touched')).toEqual({ end: 'fresh' });
    expect((await world.read('touched')).refresh).toBeNull();
  });

  it('fails C3 and skips the criteria of the checkout when the folder is gone', async () => {
    await world.add('gone', { 'SCOPE.md': '# Scope\n' });
    await world.evaluate('gone');
    await rename(world.path('gone'), world.path('elsewhere'));
    expect((await world.read('gone')).stale).toBe(true);
    await world.evaluate('gone');
    const after = await world.read('gone');
    expect(after.stale).toBe(false);
    expect(byId(after)).toMatchObject({
      C1: 'pass',
      C3: 'fail',
      C5: 'skip',
      C6: 'skip',
      C7: 'skip',
      C13: 'skip',
    });
  });

  it('treats an empty root that held a repository as a missing mount, and keeps the row', async () => {
    await world.add('mount', { 'SCOPE.md': '# Scope\n' });
    await world.evaluate('mount');
    const before = await world.read('mount');
    await rm(world.path('mount', '.git'), { recursive: true });
    await rm(world.path('mount', 'SCOPE.md'));
    expect(await world.evaluate('mount')).toMatchObject({ end: 'failed', error: { code: 'mount_missing' } });
    const after = await world.read('mount');
    expect(after.criteria).toEqual(before.criteria);
    expect(after).toMatchObject({
      stale: true,
      failure: { code: 'mount_missing', attempts: 1 },
      refresh: { state: 'waiting' },
    });
  });
});
