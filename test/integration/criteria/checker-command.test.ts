import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/input.js';
import { openWorld, type World } from '../../helpers/world.js';

let world: World;
let program: string;
beforeAll(async () => {
  world = await openWorld('command');
  program = join(world.folder, 'check.sh');
});
afterAll(() => world.close());

type Found = Pick<Finding, 'check' | 'severity'>;

/** Makes the user's own checker one that prints these findings. */
async function useChecker(findings: readonly Found[]): Promise<void> {
  const has = (severity: string) => findings.some((each) => each.severity === severity);
  const code = has('FAIL') ? 1 : has('WARN') ? 2 : 0;
  const full = findings.map((each) => ({ ...each, file: 'workplans/x.md', line: 3, message: 'it is odd' }));
  await useScript(`printf '{"repo":"%s","findings":%s}' "$2" '${JSON.stringify(full)}'; exit ${code}`);
}

async function useScript(script: string): Promise<void> {
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  const argv = [program, '{path}', '{slug}'];
  world.deps = { ...world.deps, checker: { kind: 'command', argv, output: 'json' } };
}

async function judged(slug: string) {
  const { criteria, stale_reasons } = await world.read(slug);
  const find = (id: string) => criteria.find((each) => each.id === id);
  return { C7: find('C7'), C13: find('C13'), stale: stale_reasons.map(({ input }) => input) };
}

describe("C7 and C13 by a command of the user's own", () => {
  const cases: [title: string, findings: Found[], c7: string, c13: string][] = [
    ['pass without findings', [], 'pass', 'pass'],
    ['pass with an INFO', [{ check: 'C-03', severity: 'INFO' }], 'pass', 'pass'],
    ['part over a WARN', [{ check: 'C-11', severity: 'WARN' }], 'pass', 'fail'],
    ['fail for a FAIL', [{ check: 'C-02', severity: 'FAIL' }], 'fail', 'fail'],
    [
      'both pass with a WARN of C-12, which C13 does not count',
      [{ check: 'C-12', severity: 'WARN' }],
      'pass',
      'pass',
    ],
    ['part over a FAIL of C-12, which only C7 counts', [{ check: 'C-12', severity: 'FAIL' }], 'fail', 'pass'],
    [
      'part over a WARN of C-12 beside one that counts',
      [
        { check: 'C-12', severity: 'WARN' },
        { check: 'C-06', severity: 'WARN' },
      ],
      'pass',
      'fail',
    ],
  ];

  it.each(cases)('%s', async (title, findings, c7, c13) => {
    await useChecker(findings);
    const slug = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    await world.add(slug);
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written', ran: 14 });
    const { C7, C13, stale } = await judged(slug);
    expect({ c7: C7?.status, c13: C13?.status, stale }).toEqual({ c7, c13, stale: [] });
    for (const verdict of [C7, C13]) {
      expect(verdict?.remedy === null).toBe(verdict?.status === 'pass');
      if (verdict?.status === 'fail') expect(verdict.detail).toContain('workplans/x.md:3 it is odd');
    }
  });

  it('are the only ones judged again when the command was edited', async () => {
    await useChecker([]);
    await world.add('edited');
    await world.evaluate('edited');
    await useChecker([{ check: 'C-02', severity: 'FAIL' }]);
    expect((await judged('edited')).stale).toEqual(['checker']);
    expect(await world.evaluate('edited')).toMatchObject({ ran: 2, kept: 12 });
    expect(await judged('edited')).toMatchObject({
      C7: { status: 'fail' },
      C13: { status: 'fail' },
      stale: [],
    });
  });

  it('keep their verdicts, stale, when the command breaks, while the others are judged', async () => {
    await useChecker([]);
    await world.add('breaking');
    await world.evaluate('breaking');
    await world.write('breaking', 'CLAUDE.md', 'kaizen');
    await useScript('exit 3');
    expect(await world.evaluate('breaking')).toMatchObject({
      end: 'failed',
      error: { code: 'checker_crashed' },
    });
    expect(await judged('breaking')).toMatchObject({
      C7: { status: 'pass' },
      C13: { status: 'pass' },
      stale: ['checker'],
    });
    const { criteria, failure } = await world.read('breaking');
    expect(criteria.find(({ id }) => id === 'C6')).toMatchObject({ status: 'pass' });
    expect(failure).toMatchObject({ code: 'checker_crashed', attempts: 1 });
  });
});
