/** `doi check` with a baseline: the file that it writes, and what it says and ends with. */
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';

let root: string;
let path: string;
let file: string;
beforeEach(async () => {
  root = await makeTempFolder('baseline');
  path = join(root, 'widget');
  file = join(path, 'doi-baseline.json');
  await mkdir(path);
  execFileSync('git', ['-C', path, 'init', '--quiet']);
  findings = [];
});
afterEach(() => removeFolder(root));

/** What the checker reports. */
let findings: object[] = [];
const finding = (message: string) => ({
  ...{ check: 'C-02', severity: 'WARN', file: 'workplans/a.md', line: 7, message },
});

const exitCode = () => {
  const fails = findings.some((one) => 'severity' in one && one.severity === 'FAIL');
  return fails ? 1 : findings.length > 0 ? 2 : 0;
};

async function check(argv: readonly string[]) {
  const text = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') => ({ write: (part: string) => (text[name] += part) });
  const script = `console.log(JSON.stringify({repo: process.argv[1], findings: ${JSON.stringify(findings)}})); process.exitCode = ${exitCode()}`;
  const env = {
    PATH: process.env['PATH'],
    DOI_CONSISTENCY_COMMAND: JSON.stringify([process.execPath, '-e', script, '{slug}']),
  };
  const code = await run(['check', path, ...argv], {
    stdout: output('stdout'),
    stderr: output('stderr'),
    env,
  });
  return { code, ...text };
}
const compare = (...more: string[]) => check(['--baseline', file, ...more]);
const write = (...more: string[]) => check(['--write-baseline', file, ...more]);
const GIVEN = [
  '--slug',
  'widget',
  '--domain',
  'shop',
  '--sbom',
  '2026-03-20',
  '--tpsc',
  '1',
  '--goal-active',
  '1',
];

describe('--write-baseline', () => {
  it('when a criterion was not judged, then it writes nothing, names the options, and ends with 4', async () => {
    const { code, stdout } = await write();
    expect({ code, files: await readdir(path) }).toEqual({ code: 4, files: ['.git'] });
    expect(stdout).toContain(
      `${file} is not written, since C1 (--slug SLUG), C2 (--domain SLUG), C8 (--sbom DATE), C10 (--goal-active N), C14 (--slug SLUG) not judged`,
    );
  });

  it('when that is allowed, then it leaves them out, and a repository that meets nothing ends with 0', async () => {
    findings = [finding('one')];
    expect(await write('--allow-unknown')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${file} is written, without C1 (--slug SLUG), C2`),
    });
    const { criteria } = JSON.parse(await readFile(file, 'utf8'));
    expect(criteria).toMatchObject({ C5: 'fail', C13: 'fail' });
    expect(criteria).not.toHaveProperty('C1');
    expect(await compare()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`Nothing is worse than the baseline ${file}.`),
    });
    expect((await readdir(path)).sort()).toEqual(['.git', 'doi-baseline.json']);
  });

  it('when every option is given, then all fourteen are in it; the file may be that of --baseline', async () => {
    expect((await check(['--baseline', file, '--write-baseline', ...GIVEN])).code).toBe(0);
    const { criteria } = JSON.parse(await readFile(file, 'utf8'));
    expect(Object.keys(criteria)).toHaveLength(14);
    // Without the options of then, what counted is not known.
    const unknown = await compare();
    expect(unknown).toMatchObject({
      code: 4,
      stdout: expect.stringContaining(
        'C8 (--sbom DATE), C10 (--goal-active N), C14 (--slug SLUG) not judged',
      ),
    });
    expect((await compare('--allow-unknown')).code).toBe(0);
  });

  it('when the workplans cannot be checked, then it is refused with 4, whatever is allowed', async () => {
    await mkdir(join(path, 'workplans'));
    await writeFile(join(path, 'workplans', 'large'), '');
    await truncate(join(path, 'workplans', 'large'), 17 * 1024 * 1024);
    const { code, stdout } = await write('--allow-unknown', ...GIVEN);
    expect({ code, stdout }).toEqual({
      code: 4,
      stdout: expect.stringContaining('is not written, since C7 and C13 could not be judged: '),
    });
    expect((await readdir(path)).sort()).toEqual(['.git', 'workplans']);
  });

  it('when the file has more than 256 KiB, then it is read; with more than 4 MiB it is not', async () => {
    await write('--allow-unknown');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text + ' '.repeat(300 * 1024));
    expect((await compare()).code).toBe(0);
    await writeFile(file, text + ' '.repeat(4 * 1024 * 1024));
    expect((await compare()).code).toBe(2);
  });

  it('when a link or a folder has the name, then it is refused, and what the link leads to stays', async () => {
    const victim = join(root, 'victim');
    await writeFile(victim, 'mine');
    await symlink(victim, file);
    const { code, stderr } = await write('--allow-unknown');
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not a regular file'),
    });
    expect(await readFile(victim, 'utf8')).toBe('mine');
    await rm(file);
    await mkdir(file);
    expect((await write('--allow-unknown')).code).toBe(2);
  });
});

describe('--baseline', () => {
  beforeEach(async () => {
    findings = [finding('old')];
    await writeFile(join(path, 'CLAUDE.md'), '# Widget\n\nHow to work here.\n');
    await write('--allow-unknown');
  });

  it('when a criterion and a finding are worse, then each is named with was, now and remedy, and it ends with 1', async () => {
    await rm(join(path, 'CLAUDE.md'));
    findings.push(finding('new\u001b[31m'));
    const { code, stdout } = await compare();
    expect(code).toBe(1);
    const [, said = ''] = stdout.split('Worse than the baseline');
    expect(said).toMatch(/^✖ C6 CLAUDE\.md {2}was pass, now fail: .*\n {4}→ \S/m);
    expect(said).toMatch(
      /^✖ C-02 workplans\/a\.md:7 {2}was not there, now WARN: new\[31m\n {4}→ Correct the workplans named/m,
    );
    expect(stdout).not.toContain('\u001b');
    // What is not known cannot hide what is worse.
    expect((await compare('--allow-unknown', '--ratchet')).code).toBe(1);
    expect(JSON.parse(await readFile(file, 'utf8')).criteria.C6).toBe('pass');
  });

  it('when another format is printed, then the reason of the exit code is on standard error', async () => {
    await rm(join(path, 'CLAUDE.md'));
    const { code, stdout, stderr } = await compare('--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).baseline).toMatchObject({
      ...{ file, outcome: 'worse', written: false, new_findings: [] },
      worse: [{ id: 'C6', was: 'pass', now: 'fail' }],
    });
    expect(stderr).toMatch(/^Worse than the baseline .*:\n✖ C6 /);
  });

  it('when the workplans cannot be checked any more, then that is not known, with the reason', async () => {
    findings = [{ ...finding('old'), severity: 'FAIL' }];
    await write('--allow-unknown');
    await mkdir(join(path, 'workplans'));
    await writeFile(join(path, 'workplans', 'large'), '');
    await truncate(join(path, 'workplans', 'large'), 17 * 1024 * 1024);
    const { code, stdout } = await compare();
    expect({ code, stdout }).toEqual({
      ...{ code: 4, stdout: expect.stringMatching(/but C7 and C13 could not be judged: .*16 MiB/) },
    });
    expect((await compare('--allow-unknown')).code).toBe(0);
  });

  it('when tpsc.yaml was valid and is broken now, then that is worse', async () => {
    await writeFile(join(path, 'tpsc.yaml'), 'services: []\n');
    await write('--allow-unknown');
    expect((await compare()).code).toBe(0);
    await writeFile(join(path, 'tpsc.yaml'), 'services: [\n');
    const { code, stdout } = await compare();
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^✖ C9 .* now fail: /m) });
  });

  it('when something is better, then it is said, and only a ratchet writes it', async () => {
    findings = [];
    await writeFile(join(path, 'tpsc.yaml'), 'services: []\n');
    const before = await readFile(file, 'utf8');
    const said = (await compare('--tpsc', '1')).stdout;
    expect(said).toContain('Better: C9 was fail, now pass; C13 was fail, now pass; 1 finding of it gone.');
    expect(said).toContain('"--ratchet" writes it');
    expect(await readFile(file, 'utf8')).toBe(before);
    expect((await compare('--tpsc', '1', '--ratchet')).stdout).toContain('The baseline has it now.');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      criteria: { C9: 'pass' },
      findings: [],
    });
    await rm(join(path, 'tpsc.yaml'));
    expect((await compare()).code).toBe(1);
  });

  it('when the file is missing, no baseline, or a link out of its folder, then it ends with 2', async () => {
    await writeFile(file, '{\n  "version": 1,\n<<<<<<< HEAD\n');
    expect(await compare()).toMatchObject({ code: 2, stderr: expect.stringContaining('line 3 is wrong') });
    await rm(file);
    expect(await compare()).toMatchObject({ code: 2, stderr: expect.stringContaining('--write-baseline') });
    await writeFile(join(root, 'secret'), 'hunter2');
    await symlink(join(root, 'secret'), file);
    const linked = await compare();
    expect(linked).toMatchObject({ code: 2, stderr: expect.stringContaining('leads out') });
    expect(linked.stderr).not.toContain('hunter2');
    await rm(file);
    execFileSync('mkfifo', [file]);
    expect((await compare()).code).toBe(2);
  });
});

describe('what a command leaves as it is', () => {
  it('when the file of --write-baseline is no baseline, then it is refused, unless it is empty', async () => {
    for (const text of ['# Scope\n', '{"version": "1.0.0", "criteria": {}}', '{"version": 1}', 'null']) {
      await writeFile(file, text);
      expect(await write('--allow-unknown')).toMatchObject({
        ...{ code: 2, stdout: '', stderr: expect.stringContaining('exists and is no baseline') },
      });
      expect(await readFile(file, 'utf8')).toBe(text);
    }
    await writeFile(file, '');
    expect((await write('--allow-unknown')).code).toBe(0);
    expect((await write('--allow-unknown')).code).toBe(0);
  });

  it('when an output cannot be written, then the baseline stays', async () => {
    await write('--allow-unknown');
    const before = await readFile(file, 'utf8');
    await writeFile(join(path, 'CLAUDE.md'), '# Widget\n\nHow to work here.\n');
    const none = `json=${join(root, 'none', 'x')}`;
    expect((await compare('--ratchet', '--output', none)).code).toBe(3);
    expect((await write('--allow-unknown', '--output', none)).code).toBe(3);
    expect(await readFile(file, 'utf8')).toBe(before);
    expect((await compare('--ratchet')).code).toBe(0);
    expect(await readFile(file, 'utf8')).not.toBe(before);
  });

  it('when an output is the baseline itself, then that is refused', async () => {
    await write('--allow-unknown');
    const before = await readFile(file, 'utf8');
    for (const argv of [['--baseline'], ['--write-baseline']])
      expect(
        await check([...argv, file, '--output', `json=${path}/../widget/doi-baseline.json`]),
      ).toMatchObject({
        ...{ code: 2, stderr: expect.stringContaining('is the baseline') },
      });
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('when the folder of the baseline does not exist, then it ends with 2, as for a missing file', async () => {
    const missing = join(path, 'none', 'b.json');
    for (const option of ['--baseline', '--write-baseline'])
      expect(await check([option, missing])).toMatchObject({
        ...{ code: 2, stderr: expect.stringContaining(`There is no baseline ${missing}`) },
      });
  });
});

describe('what an option says of the registry', () => {
  it('when C9 fails only by --tpsc 0, then it is not in the baseline', async () => {
    await writeFile(join(path, 'tpsc.yaml'), 'services: []\n');
    await write('--allow-unknown');
    expect(await compare('--tpsc', '0')).toMatchObject({
      ...{ code: 0, stdout: expect.stringContaining('Not in the baseline: C9.') },
    });
    await writeFile(join(path, 'tpsc.yaml'), 'services: [\n');
    expect((await compare('--tpsc', '0')).code).toBe(1);
  });

  it.each(['2026-02-31', '2026-01-01 (x)', '2099-01-01', '2026-13-01', 'x'])(
    'when --sbom is %s, then that is wrong usage',
    async (date) => {
      expect((await check(['--sbom', date])).code).toBe(2);
    },
  );
  it.each(['2024-02-29', '2026-01-01T10:00:00Z'])('when --sbom is %s, then it is judged', async (date) => {
    expect((await check(['--sbom', date])).code).toBe(0);
  });
});

describe('options that do not fit', () => {
  it.each([
    [['--ratchet']],
    [['--write-baseline']],
    [['--baseline', 'a.json', '--write-baseline', 'b.json']],
    [['--baseline', 'a.json', '--write-baseline', '--ratchet']],
  ])('%j end with 2, and nothing is judged', async (argv) => {
    expect(await check(argv)).toMatchObject({ code: 2, stdout: '' });
  });
});
