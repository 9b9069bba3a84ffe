import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withCanary } from '../../../src/checker/canary.js';
import { examineChecker } from '../../../src/doctor/checker.js';
import { type CheckerSettings, readConfig } from '../../../src/platform/config.js';
import { distPath, packageRoot } from '../../../src/platform/process/package-root.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';
import { type Lines, linesOf } from './examine.js';

let root: string;
beforeAll(async () => {
  root = await makeTempFolder('doctor-checker');
});
afterAll(() => removeFolder(root));

const HOUR = 3_600_000;
let files = 0;

/** A checker of one's own: a script that gets the folder and the slug, and `faulty`, whether it is the bad one. */
async function script(code: string, output: 'json' | 'exit-code' = 'json'): Promise<CheckerSettings> {
  const file = join(root, `checker-${files++}.mjs`);
  const begin = `import { readdirSync } from 'node:fs';
    const [path, slug] = process.argv.slice(2);
    const faulty = readdirSync(path + '/workplans').some((name) => name.includes('0002'));
    const say = (...findings) => console.log(JSON.stringify({ repo: slug, findings }));
    const fail = { check: 'C-02', severity: 'FAIL', message: 'no type' };`;
  await writeFile(file, `${begin}\n${code}\n`);
  return { kind: 'command', argv: [process.execPath, file, '{path}', '{slug}'], output };
}

function runChecks(checker: CheckerSettings, timeoutSeconds = '20'): Promise<Lines> {
  const config = readConfig({ PATH: process.env['PATH'], DOI_CHECK_TIMEOUT: timeoutSeconds });
  const ageLimits = { any: 24 * HOUR, checker: 6 * HOUR };
  return linesOf((report) => examineChecker({ ...config, checker, ageLimits }, report));
}

describe('the built-in checker', () => {
  it('finds the good checkout clean and the bad one faulty', async () => {
    const lines = await runChecks({ kind: 'built-in', file: distPath('checker.cjs') });
    expect(lines).toMatchObject({
      program: {
        state: 'ok',
        found: expect.stringMatching(/^the built-in one, built-in#[0-9a-f]{16}, at most 20 s a run$/),
      },
      'good checkout': { state: 'ok', found: expect.stringMatching(/^clean \(exit code 0, \d+ ms\)$/) },
      'bad checkout': {
        state: 'ok',
        found: expect.stringMatching(/^it finds the faults: 5 FAIL, 2 WARN \(exit code 1/),
      },
    });
    expect(Object.keys(lines)).not.toContain('ageing');
  });

  it('is a problem when its program is not the one that was built', async () => {
    const file = join(root, 'changed.cjs');
    await writeFile(file, 'console.log(JSON.stringify({ repo: process.argv[3], findings: [] }));');
    const lines = await runChecks({ kind: 'built-in', file });
    expect(lines).toMatchObject({ 'good checkout': { state: 'ok' }, 'bad checkout': { state: 'problem' } });
    const missing = await runChecks({ kind: 'built-in', file: join(root, 'nowhere.cjs') });
    expect(missing).toEqual({
      program: expect.objectContaining({ state: 'problem', remedy: 'Run "npm ci" again.' }),
    });
  });
});

describe('a configured checker', () => {
  it('that works is ok on both checkouts, and doctor says how its verdicts age', async () => {
    const lines = await runChecks(
      await script('say(...(faulty ? [fail] : [])); process.exitCode = faulty ? 1 : 0;'),
    );
    expect(lines).toMatchObject({
      program: {
        state: 'ok',
        found: expect.stringContaining('with 3 arguments, judged by its JSON, command#'),
      },
      'good checkout': { state: 'ok', found: expect.stringMatching(/^clean \(exit code 0, \d+ ms\)$/) },
      'bad checkout': {
        state: 'ok',
        found: expect.stringMatching(
          /^it finds the faults: 1 FAIL \(exit code 1, \d+ ms\), first C-02: no type$/,
        ),
      },
      ageing: { state: 'ok', found: expect.stringContaining('6 h old (the shorter of DOI_CHECKER_MAX_AGE') },
    });
  });

  it('that finds no fault in the bad checkout is a warning: it might pass everything', async () => {
    const lines = await runChecks(await script('say();'));
    expect(lines).toMatchObject({
      'good checkout': { state: 'ok' },
      'bad checkout': { state: 'warning', found: expect.stringContaining('clean (exit code 0') },
    });
  });

  it('that finds only warnings in the bad checkout is a warning too', async () => {
    const warn = "say({ ...fail, severity: 'WARN' }); process.exitCode = 2;";
    expect((await runChecks(await script(warn)))['bad checkout']).toMatchObject({ state: 'warning' });
  });

  it('that finds something in the good checkout is a warning, since that may be a rule of its own', async () => {
    const lines = await runChecks(await script('say(fail); process.exitCode = 1;'));
    expect(lines).toMatchObject({
      'good checkout': { state: 'warning', remedy: expect.stringContaining('doi check') },
      'bad checkout': { state: 'ok' },
    });
  });

  const breaking: [does: string, code: string, found: RegExp, remedy: RegExp][] = [
    [
      'says 0 and finds a FAIL',
      'say(fail);',
      /exited with code 0 after .*, but its findings hold a FAIL/,
      /0 is clean/,
    ],
    [
      'crashes',
      "console.error('no hub at https://me:s3cret@hub/x'); process.exit(70);",
      /code 70 after .*, which is no result\. Standard error: no hub at https:\/\/\*\*\*@hub\/x/,
      /by hand/,
    ],
    ['prints no JSON', "console.log('All well.');", /is not the JSON object.*All well\./, /exit-code/],
    [
      'answers for another repository',
      "console.log(JSON.stringify({ repo: 'x', findings: [] }));",
      /repository "x"/,
      /by hand/,
    ],
    ['is ended by a signal', "process.kill(process.pid, 'SIGSEGV');", /ended by SIGSEGV|code 139/, /by hand/],
    [
      'floods',
      "const flood = () => process.stdout.write('x'.repeat(65536), flood); flood();",
      /more than 8 MiB/,
      /by hand/,
    ],
  ];
  it.each(breaking)(
    'that %s is a problem with what it printed, cleaned, and how long it took',
    async (_, code, found, remedy) => {
      const lines = await runChecks(await script(code));
      const good = lines['good checkout'];
      expect(good?.state).toBe('problem');
      expect(good?.found).toMatch(found);
      expect(good?.found).toMatch(/after [\d.]+ m?s/);
      expect(good?.remedy).toMatch(remedy);
      // Nothing tries again here.
      expect(good?.remedy).not.toContain('tries again');
      expect(lines['bad checkout']).toMatchObject({ state: 'problem', found: 'It fails in the same way.' });
      expect(JSON.stringify(lines)).not.toContain('s3cret');
    },
  );

  it('that hangs is one problem after its time limit, for both checkouts', async () => {
    const began = performance.now();
    const lines = await runChecks(await script('setInterval(() => {}, 1000);'), '1');
    // 1 s, and 2 s from TERM to KILL at most; asserted at five times that.
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(lines['good checkout']).toMatchObject({
      state: 'problem',
      remedy: expect.stringContaining('DOI_CHECK_TIMEOUT'),
    });
  });

  it('that fails only on the bad checkout shows both results', async () => {
    const lines = await runChecks(await script('if (faulty) process.exit(70); say();'));
    expect(lines).toMatchObject({
      'good checkout': { state: 'ok' },
      'bad checkout': { state: 'problem', found: expect.stringContaining('code 70') },
    });
  });

  it('that is missing is one check', async () => {
    const settings = { kind: 'command', argv: ['/no/such/checker'], output: 'json' } as const;
    expect(await runChecks(settings)).toEqual({ program: expect.objectContaining({ state: 'problem' }) });
  });

  it('judged only by its exit code is shown with what it printed', async () => {
    const lines = await runChecks(
      await script("console.log('2 plans'); process.exitCode = faulty ? 1 : 0;", 'exit-code'),
    );
    expect(lines).toMatchObject({
      'good checkout': { state: 'ok' },
      'bad checkout': { state: 'ok', found: expect.stringContaining('2 plans') },
    });
  });
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!hasPython)(
  'a Python checker such as the State Hub’s, as docs/operations.md plugs it in',
  () => {
    // It ends with 0, 1 or 2, prints text, and needs the address of a database.
    const CHECKER = `
import os, re, sys
from pathlib import Path
_, option, slug, path = sys.argv
address = os.environ["HUB_DATABASE_URL"]
assert option == "--repo" and address == "postgres://reader@hub.example/hub?a=b"
faults = [plan.name for plan in Path(path).glob("workplans/*.md") if not re.search(r"^type: ", plan.read_text(), re.M)]
print(f"{slug}: {faults or 'clean'}")
sys.exit(1 if faults else 0)
`;

    async function plugIn(start: readonly string[]): Promise<CheckerSettings> {
      const starter = join(packageRoot, 'docs/examples/with_settings.py');
      await copyFile(starter, join(root, 'with_settings.py'));
      await writeFile(join(root, 'check.py'), CHECKER);
      await writeFile(
        join(root, 'hub.env'),
        '# hub\n\nHUB_DATABASE_URL=postgres://reader@hub.example/hub?a=b\n',
      );
      const files = [...start, 'check.py'].map((name) => join(root, name));
      return {
        kind: 'command',
        argv: ['python3', ...files, '--repo', '{slug}', '{path}'],
        output: 'exit-code',
      };
    }

    it('works, and is shown to work', async () => {
      expect(await runChecks(await plugIn(['with_settings.py', 'hub.env']))).toMatchObject({
        'good checkout': { state: 'ok', found: expect.stringMatching(/^clean \(exit code 0/) },
        'bad checkout': {
          state: 'ok',
          found: expect.stringMatching(/1 FAIL \(exit code 1.*canary: \['CANARY-WP-0002/),
        },
        ageing: { state: 'ok' },
      });
    });

    it('without its settings, or with a starter that does not find them, is an error and no verdict', async () => {
      const without = await runChecks(await plugIn([]));
      expect(without['good checkout']).toMatchObject({
        state: 'problem',
        found: expect.stringContaining('KeyError'),
      });
      const settings = await plugIn(['with_settings.py', 'hub.env']);
      await rm(join(root, 'hub.env'));
      expect(await runChecks(settings)).toEqual({
        program: expect.objectContaining({
          state: 'problem',
          found: expect.stringContaining('hub.env is not there'),
        }),
      });
    });
  },
);

it('leaves no canary behind that a later run could use', async () => {
  const paths: string[] = [];
  for (const kind of ['good', 'bad'] as const) {
    await withCanary(kind, async ({ path }) => {
      paths.push(path);
      expect(readdirSync(join(path, 'workplans'))).toHaveLength(1);
    });
  }
  expect(new Set(paths).size).toBe(2);
  expect(paths.filter((path) => existsSync(path) || !path.startsWith(tmpdir()))).toEqual([]);
});
