import { execFileSync } from 'node:child_process';
import { chmod, copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distPath } from '../../../src/platform/process/package-root.js';
import { openWorld, type World } from '../../helpers/world.js';
import { expectations, type Statuses } from './expectations.js';
import { COMPLETE, PLAN } from './texts.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('unreadable');
  // What others may not read is denied by its own mode, not by the folder's above it.
  await chmod(world.folder, 0o755);
});
afterAll(() => world.close());

const { expectFresh, expectStale } = expectations(() => world);

describe('a checkout with every file malformed', () => {
  const bomb = `a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nservices: [*c, *c]\n`;

  it('gets fourteen verdicts that say what is wrong with each, and is fresh', async () => {
    await world.add('malformed', {
      'tpsc.yaml': bomb,
      [PLAN]: '---\nid: [\n---\n',
      '.claude/rules': 'kaizen',
    });
    await writeFile(world.path('malformed', 'SCOPE.md'), Buffer.from([0x23, 0xff, 0xfe]));
    execFileSync('mkfifo', [world.path('malformed', 'CLAUDE.md')]);
    await world.sql`insert into tpsc_snapshots (repo_id) values (${await world.id('malformed')})`;
    const all: Statuses = {
      C5: 'fail',
      C6: 'fail',
      C7: 'fail',
      C9: 'fail',
      C11: 'fail',
      C12: 'fail',
      C13: 'fail',
    };
    expect(await expectFresh('malformed', { C3: 'pass', ...all })).toMatchObject({
      C5: 'SCOPE.md is not UTF-8 text.',
      C6: 'CLAUDE.md is a pipe (FIFO), not a regular file.',
      C7: expect.stringContaining(`1 FAIL: C-02 ${PLAN}`),
      C9: expect.stringContaining('YAML aliases are not accepted'),
      C11: 'SCOPE.md is not UTF-8 text.',
      C12: 'CLAUDE.md is a pipe (FIFO), not a regular file.',
      C13: expect.stringContaining('1 FAIL'),
    });
  });

  it.each([
    ['CLAUDE.md', 'CLAUDE.md', { C6: 'pass', C12: 'fail' }],
    ['.claude/rules', '.claude/rules/agents.md', { C12: 'pass' }],
    ['SCOPE.md', 'SCOPE.md', { C5: 'pass', C11: 'pass' }],
    ['tpsc.yaml', 'tpsc.yaml', { C9: 'pass' }],
    ['workplans', PLAN, { C7: 'pass', C13: 'pass' }],
  ] as const)('is stale when %s is readable again, and then judged again', async (input, file, statuses) => {
    await rm(world.path('malformed', input), { recursive: true });
    const good: Record<string, string> = {
      ...COMPLETE,
      'CLAUDE.md': 'x',
      '.claude/rules/agents.md': 'kaizen',
    };
    await world.write('malformed', file, good[file] ?? '');
    await expectStale('malformed', input);
    await expectFresh('malformed', statuses);
  });
});

describe('permission denied', () => {
  const NOBODY = 65_534;
  const isRoot = process.geteuid?.() === 0;

  /** Root may read everything, so this process and its threads run as another user meanwhile. */
  async function asNobody<T>(act: () => Promise<T>): Promise<T> {
    if (isRoot) process.seteuid?.(NOBODY);
    try {
      return await act();
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  }

  const inClaude = ['.claude/CLAUDE.md', '.claude/rules'];
  const everything = ['SCOPE.md', 'CLAUDE.md', 'tpsc.yaml', 'checkout', ...inClaude, 'workplans'];
  const cases: [denied: string, shown: string, code: string, inputs: string[]][] = [
    ['SCOPE.md', 'SCOPE.md', 'input_changed', ['SCOPE.md']],
    ['workplans', 'workplans', 'not_verified', ['workplans']],
    ['.claude/rules', '.claude/rules', 'not_verified', ['.claude/rules']],
    ['.claude', '.claude/CLAUDE.md', 'not_verified', inClaude],
    ['.', 'The checkout', 'not_verified', everything],
  ];

  it.each(cases)(
    'on %s is an error and no verdict: the report stays, stale',
    async (path, shown, code, inputs) => {
      const slug = `denied-${cases.findIndex(([denied]) => denied === path)}`;
      // The installation itself may lie where only this user may read.
      const checker = join(world.folder, 'checker.cjs');
      await copyFile(distPath('checker.cjs'), checker);
      world.deps = { ...world.deps, checker: { kind: 'built-in', file: checker } };
      await world.add(slug, { ...COMPLETE, '.claude/rules/a.md': 'kaizen' });
      const good: Statuses = { C3: 'pass', C5: 'pass', C7: 'pass', C12: 'pass', C13: 'pass' };
      await expectFresh(slug, good);
      const before = await world.read(slug);
      await chmod(world.path(slug, path), 0);
      const denied = await asNobody(async () => {
        const outcome = await world.evaluate(slug);
        return { outcome, answer: await world.read(slug) };
      }).finally(() => chmod(world.path(slug, path), 0o755));
      expect(denied.outcome).toMatchObject({ end: 'failed', error: { code: 'file_unreadable' } });
      expect(denied.answer).toMatchObject({
        criteria: before.criteria,
        checked_at: before.checked_at,
        stale: true,
        failure: { code: 'file_unreadable', message: `${shown} could not be read (EACCES).`, attempts: 1 },
        refresh: { state: 'waiting' },
      });
      const reasons = denied.answer.stale_reasons.map((reason) => [reason.input, reason.code]);
      expect(reasons).toEqual(inputs.map((input) => [input, code]));
      // It waits for its next attempt; only who insists has it tried before.
      await expectFresh(slug, good, { forced: true });
    },
  );
});
