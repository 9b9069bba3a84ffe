/** Tests of the checker's contract: no crash, mistyped command or contradiction gives a verdict. */
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { expect, test } from 'vitest';
import { MAX_TEXTS } from '../../src/checker/checker-output.js';
import { NO_ISOLATION, probeIsolation } from '../../src/checker/isolation.js';
import { type CheckerOptions, runChecker } from '../../src/checker/run-checker.js';
import type { Finding } from '../../src/domain/input.js';
import type { CheckerSettings } from '../../src/platform/config.js';
import { distPath } from '../../src/platform/process/package-root.js';
import { isRoot, put, tempFolder } from '../unit/inputs/checkout-files.js';

const FAIL = { check: 'C-02', severity: 'FAIL', file: 'workplans/a.md', line: 3, message: 'broken' };
const WARN = { check: 'C-01', severity: 'WARN', message: 'none' };
const INFO = { check: 'C-03', severity: 'INFO', message: 'fyi' };

async function check(settings: CheckerSettings, options: Partial<CheckerOptions> = {}) {
  const { findings, ms } = await runChecker({
    settings,
    path: '/usr',
    slug: 'acme',
    timeoutMs: 20_000,
    limit: pLimit(1),
    isolation: NO_ISOLATION,
    environment: process.env,
    ...options,
  });
  expect(ms).toBeGreaterThan(0);
  return findings;
}

/** A checker that prints `stdout` and `stderr` and exits with `code`. */
function printing(
  stdout: string,
  code: number,
  { stderr = '', output = 'json' as 'json' | 'exit-code' } = {},
) {
  const folder = tempFolder();
  put(folder, 'out', stdout);
  put(folder, 'err', stderr);
  const script = put(folder, 'check.sh', `#!/bin/sh\ncd '${folder}'\ncat out\ncat err >&2\nexit ${code}\n`);
  chmodSync(script, 0o755);
  return { kind: 'command', argv: [script, '{path}', '{slug}'], output } as const;
}

function json(findings: readonly unknown[], extra: object = {}): string {
  return JSON.stringify({ repo: 'acme', findings, ...extra });
}

test.each([
  [0, [], []],
  [0, [INFO], [INFO]],
  [1, [FAIL, WARN], [FAIL, WARN]],
  [2, [WARN, INFO], [WARN, INFO]],
  [2, [{ ...WARN, file: null, line: null, other: 1 }], [WARN]],
])('exit code %i with findings that agree is a result: %j', async (code, printed, expected) => {
  expect(await check(printing(json(printed, { version: 2 }), code))).toEqual(expected);
});

test.each([
  [0, [WARN]],
  [0, [FAIL]],
  [1, []],
  [1, [WARN]],
  [2, [FAIL, WARN]],
  [2, [INFO]],
  [2, []],
])('exit code %i contradicts the findings %j', async (code, findings) => {
  await expect(check(printing(json(findings), code))).rejects.toMatchObject({
    code: 'checker_contradicts_itself',
    // The error quotes the output, as every other error of a checker does.
    message: expect.stringContaining('Standard output: {"repo":"acme"'),
  });
});

test.each([
  ['nothing', '', 2],
  ['no JSON', 'all is well', 0],
  ['a text before the JSON', `warning!\n${json([])}`, 0],
  ['half a JSON', json([FAIL]).slice(0, -5), 1],
  ['two objects', json([]) + json([]), 0],
  ['a list', '[]', 0],
  ['an unknown severity', json([{ ...FAIL, severity: 'ERROR' }]), 1],
  ['no message', json([{ check: 'C-01', severity: 'FAIL' }]), 1],
  ['no findings', '{"repo":"acme"}', 0],
  ['another repository', JSON.stringify({ repo: 'other', findings: [] }), 0],
])('%s on standard output is no result', async (_, stdout, code) => {
  await expect(check(printing(stdout, code))).rejects.toMatchObject({ code: 'checker_output_invalid' });
});

test.each([3, 70, 126, 127, 139, 255])('exit code %i is a crash, whatever was printed', async (code) => {
  await expect(check(printing(json([]), code))).rejects.toMatchObject({ code: 'checker_crashed' });
});

test('a mistyped script and a crash, of Python and of Node, are no results', async () => {
  const script = put(tempFolder(), 'crash.js', 'throw new Error("boom")');
  const node = { kind: 'command', argv: [process.execPath, script], output: 'json' } as const;
  await expect(check(node)).rejects.toMatchObject({ code: 'checker_output_invalid' });
  const relative = { ...node, argv: [process.execPath, 'no-such-script.js'], output: 'exit-code' } as const;
  await expect(check(relative)).rejects.toMatchObject({ code: 'checker_crashed' });
  const absolute = { ...node, argv: [process.execPath, join(tempFolder(), 'gone.js')] };
  await expect(check(absolute)).rejects.toMatchObject({ code: 'checker_missing' });
});

const TRACEBACK = 'Traceback (most recent call last):\n  File "x.py", line 1\nNameError: x\n';
const NODE_STACK = 'Error: boom\n    at Object.<anonymous> (/x/check.js:1:7)\n';
test.each([
  [0, '', '', []],
  [1, 'two broken', '', [{ check: 'exit-code', severity: 'FAIL', message: 'two broken' }]],
  [2, 'one odd', 'a note', [{ check: 'exit-code', severity: 'WARN', message: 'one odd' }]],
  [1, '', 'error: bad usage', 'checker_crashed'],
  [2, ' \n', '', 'checker_crashed'],
  [1, 'started', TRACEBACK, 'checker_crashed'],
  [1, 'started', NODE_STACK, 'checker_crashed'],
  [3, 'x', '', 'checker_crashed'],
])('by exit code alone, %i with %j and %j is %j', async (code, stdout, stderr, expected) => {
  const run = check(printing(stdout, code, { stderr, output: 'exit-code' }));
  if (typeof expected === 'string') await expect(run).rejects.toMatchObject({ code: expected });
  else expect(await run).toEqual(expected);
});

test('a checker that hangs, floods or is killed gives an error of its own for each', async () => {
  const sh = (script: string) => ({ kind: 'command', argv: ['sh', '-c', script], output: 'json' }) as const;
  await expect(check(sh('echo begun; exec sleep 60'), { timeoutMs: 300 })).rejects.toMatchObject({
    code: 'checker_timed_out',
    message: expect.stringMatching(
      /^The checker did not end within 0\.3 s; it was ended by SIGTERM after \d+ ms\. Standard output: begun$/,
    ),
  });
  await expect(check(sh('yes'))).rejects.toMatchObject({ code: 'checker_flooded' });
  await expect(check(sh('kill -KILL $$'))).rejects.toMatchObject({ code: 'checker_crashed' });
});

test('a million wrong findings give one error, at once', async () => {
  await expect(check(printing(json(Array(1e6).fill({})), 0))).rejects.toMatchObject({
    code: 'checker_output_invalid',
    message: expect.stringMatching(
      /^The checker exited with code 0 after .* is agreed at findings\.0\.check\./,
    ),
  });
});

test('megabytes of empty lines on standard error are searched for a traceback at once', async () => {
  const evil = `${'\n'.repeat(3e6)}${' '.repeat(1e6)}${` at ${':1'.repeat(200)}${'1'.repeat(1e6)}x`}`;
  const run = check(printing('two broken', 1, { stderr: evil, output: 'exit-code' }));
  expect(await run).toMatchObject([{ severity: 'FAIL' }]);
});

test('when its signal is aborted, then a check fails with the reason of the signal', async () => {
  const reason = new Error('shutting down');
  const signal = AbortSignal.abort(reason);
  await expect(check(printing(json([]), 0), { signal })).rejects.toBe(reason);
});

test('a checker starts outside of the checkout, with path and slug filled in once in its arguments', async () => {
  const folder = tempFolder();
  const script = `console.log(JSON.stringify({ repo: process.argv[2], findings:
    [{ check: 'x', severity: 'INFO', message: JSON.stringify([process.argv[1], process.cwd()]) }] }))`;
  const settings = {
    kind: 'command',
    argv: [process.execPath, '-e', script, '--', '--at={path}', '{slug}'],
    output: 'json',
  } as const;
  mkdirSync(join(folder, '{slug}'));
  const [finding] = await check(settings, { path: `${folder}/{slug}` });
  expect(JSON.parse(finding?.message ?? '')).toEqual([`--at=${folder}/{slug}`, process.cwd()]);
});

test('the built-in checker runs on the Node of this process, with the path and the slug', async () => {
  const file = put(
    tempFolder(),
    'checker.cjs',
    `const [path, repo] = process.argv.slice(2);
     console.log(JSON.stringify({ repo, findings: [{ check: 'x', severity: 'WARN', message: path }] }));
     process.exitCode = 2;`,
  );
  expect(await check({ kind: 'built-in', file })).toEqual([
    { check: 'x', severity: 'WARN', message: '/usr' },
  ]);
});

test.skipIf(!isRoot)(
  'when root runs a checker, then it runs as the owner of the checkout, or as the user that is named',
  async () => {
    const folder = tempFolder();
    chmodSync(folder, 0o755);
    const owner = 65_533;
    const path = join(folder, 'widget');
    put(path, 'workplans/wrong.md', '---\nid: []\n---\n');
    for (const each of ['', 'workplans', 'workplans/wrong.md']) chownSync(join(path, each), owner, owner);
    chmodSync(path, 0o700);
    const isolation = await probeIsolation(process.env);
    const builtIn = { kind: 'built-in', file: distPath('checker.cjs') } as const;
    const found = await check(builtIn, { path, isolation });
    expect(found).toContainEqual(expect.objectContaining({ file: 'workplans/wrong.md' }));
    const script = 'id -u; echo "$HOME"; exit 1';
    const command = { kind: 'command', argv: ['/bin/sh', '-c', script], output: 'exit-code' } as const;
    expect(await check(command, { path, isolation })).toMatchObject([{ message: `${owner}\n/` }]);
    // An owner that is known is not read from the folder, which could hang.
    const known = check(command, { path: '/no/such/folder', owner: { uid: owner, gid: owner } });
    expect(await known).toMatchObject([{ message: `${owner}\n/` }]);
    const named = check(command, { path, isolation, checkUser: 'nobody' });
    expect(await named).toMatchObject([{ message: expect.stringMatching(/^65534\n/) }]);
    const unknown = check(command, { path, isolation, checkUser: 'no-such-user' });
    await expect(unknown).rejects.toMatchObject({ code: 'bad_configuration' });
  },
);

test('the time limit does not count the wait for a turn', async () => {
  const limit = pLimit(1);
  const settings = {
    kind: 'command',
    argv: ['sh', '-c', `sleep 0.4; echo '${json([])}'`],
    output: 'json',
  } as const;
  const all = await Promise.all([1, 2, 3, 4].map(() => check(settings, { limit, timeoutMs: 1_500 })));
  expect(all).toEqual([[], [], [], []]);
});

test('findings and errors hold clean texts, and no password of a URL', async () => {
  const message = 'a\u001b[31mb https://user:tok@example.org/x \u202e';
  const [finding] = await check(printing(json([{ ...INFO, message }]), 0));
  expect(finding?.message).toBe('a[31mb https://***@example.org/x \ufffd');
  const error = await check(printing(message, 1)).catch((thrown: Error) => thrown);
  expect(String(error)).not.toMatch(/tok|\u001b/);
});

test('every finding counts, although of very many the texts are left out', async () => {
  const many = Array.from({ length: MAX_TEXTS + 500 }, () => FAIL);
  const findings: readonly Finding[] = await check(printing(json([...many, WARN]), 1));
  expect(findings.length).toBe(MAX_TEXTS + 501);
  expect(findings[MAX_TEXTS - 1]).toEqual(FAIL);
  expect(findings[MAX_TEXTS]?.message).not.toBe(FAIL.message);
  expect(findings.at(-1)).toEqual(WARN);
});
