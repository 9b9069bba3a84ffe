import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { front, ID, task } from './plans.js';

const root = join(import.meta.dirname, '../../../..');
let folder: string;
let checker: string;
let checkout: string;
let count = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doi-checker-'));
  checker = join(folder, 'checker.cjs');
  await build({
    entryPoints: [join(root, 'src/checker/built-in/main.ts')],
    outfile: checker,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  count += 1;
  checkout = join(folder, `checkout-${count}`);
  mkdirSync(checkout);
});

function write(path: string, text: string | Buffer): void {
  mkdirSync(join(checkout, path, '..'), { recursive: true });
  writeFileSync(join(checkout, path), text);
}

function run(args = [checkout, 'acme'], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [checker, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
    maxBuffer: 1 << 26,
  });
}

/** The JSON object that the program printed; throws where it printed anything else. */
function findingsOf(stdout: string): { check: string; severity: string; file?: string; message: string }[] {
  const result = JSON.parse(stdout);
  expect(Object.keys(result)).toEqual(['repo', 'findings']);
  expect(result.repo).toBe('acme');
  return result.findings;
}

/** A module that the program loads before it starts, to break something in it. */
function preload(code: string): NodeJS.ProcessEnv {
  const path = join(checkout, '..', `preload-${count}.cjs`);
  writeFileSync(path, code);
  return { NODE_OPTIONS: `--require ${path}` };
}

describe('the exit code', () => {
  it('is 0, without findings, for a good checkout', () => {
    write(`workplans/${ID}-x.md`, front() + task());
    write('workplans/README.md', 'Read me.');
    const { status, stdout, stderr } = run();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(findingsOf(stdout)).toEqual([]);
  });

  it('is 2 with WARN alone', () => {
    const { status, stdout } = run();
    expect(status).toBe(2);
    expect(findingsOf(stdout)).toEqual([
      { check: 'C-01', severity: 'WARN', message: 'there is no workplans/ folder' },
    ]);
  });

  it('is 1 with a FAIL, in the archive too', () => {
    write(`workplans/${ID}-x.md`, front() + task());
    write('workplans/archived/broken.md', '');
    const { status, stdout } = run();
    expect(status).toBe(1);
    expect(findingsOf(stdout).map(({ file }) => file)).toEqual(['workplans/archived/broken.md']);
  });

  it.each([
    ['a pipe', (path: string) => void execFileSync('mkfifo', [path]), /FIFO/],
    [
      'a link out of the checkout',
      (path: string) => symlinkSync('/etc/hostname', path),
      /out of the checkout/,
    ],
    ['not UTF-8', (path: string) => writeFileSync(path, Buffer.from([0x2d, 0xff, 0xfe])), /UTF-8/],
    ['too large', (path: string) => writeFileSync(path, 'x'.repeat(300 * 1024)), /larger than 256 KiB/],
  ])('is a C-02 FAIL with the reason for a workplan that is %s', (_, make, reason) => {
    mkdirSync(join(checkout, 'workplans'));
    make(join(checkout, `workplans/${ID}-x.md`));
    const { status, stdout } = run();
    expect(status).toBe(1);
    expect(findingsOf(stdout)).toEqual([
      {
        check: 'C-02',
        severity: 'FAIL',
        file: `workplans/${ID}-x.md`,
        message: expect.stringMatching(reason),
      },
    ]);
  });

  it('is 1 with a FAIL of C-02 where the folder itself is rejected', () => {
    write('workplans', 'a file');
    const { status, stdout } = run();
    expect(status).toBe(1);
    expect(findingsOf(stdout)).toMatchObject([{ check: 'C-02', severity: 'FAIL', file: 'workplans' }]);
  });

  it('is that of a check which never runs front matter', () => {
    const proof = join(folder, 'was-run');
    write(`workplans/${ID}-x.md`, `---js\nrequire('fs').writeFileSync(${JSON.stringify(proof)}, '')\n---\n`);
    expect(run().status).toBe(1);
    expect(() => openSync(proof, 'r')).toThrow('ENOENT');
  });

  it('comes within seconds, with less output than a checker may print, for the most that a folder may hold', () => {
    const id = 'é'.repeat(200);
    write(`workplans/${ID}-x.md`, front());
    for (let n = 0; n < 60; n += 1)
      write(`workplans/${'y'.repeat(200)}-${n}.md`, `${'```task\n[\n```\n'.repeat(10_000)}\n${id}`);
    const start = performance.now();
    const { status, stdout } = run();
    expect(status).toBe(1);
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(Buffer.byteLength(stdout)).toBeLessThan(8 * 1024 * 1024);
    expect(findingsOf(stdout)).toHaveLength(1_000);
  });
});

describe('a result that is larger than a pipe', () => {
  it('arrives whole although its reader starts late', async () => {
    const tasks = Array.from({ length: 900 }, (_, n) =>
      task({ id: `T${n}-${'x'.repeat(60)}`, status: 'x'.repeat(99) }),
    );
    write(`workplans/${ID}-x.md`, front() + tasks.join(''));
    const child = spawn(process.execPath, [checker, checkout, 'acme'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
    // The test reads nothing until the pipe is full, that is, until the program has more to print and has not ended.
    await new Promise((resolve) => child.stdout.once('readable', resolve));
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    expect(await closed).toBe(1);
    expect(text.length).toBeGreaterThan(2 * 65_536);
    expect(findingsOf(text)).toHaveLength(900);
  });
});

describe("the program's own failures", () => {
  it.each([[[]], [['.']], [['.', 'a', 'b']], [['', 'a']], [['.', '']]])(
    'end with 71 for the arguments %o',
    (args) => {
      const { status, stdout, stderr } = run(args);
      expect({ status, stdout }).toEqual({ status: 71, stdout: '' });
      expect(stderr).toContain('Usage');
    },
  );

  it('end with 72 where the checkout is not there, or is no folder', () => {
    write('file', '');
    expect(run([join(checkout, 'nowhere'), 'acme'])).toMatchObject({ status: 72, stdout: '' });
    expect(run([join(checkout, 'file'), 'acme'])).toMatchObject({ status: 72, stdout: '' });
  });

  it('end with 72 where a file cannot be read', () => {
    write(`workplans/${ID}-x.md`, front() + task());
    const env = preload(
      "const fs = require('fs'); fs.readSync = () => { throw Object.assign(new Error('broken'), { code: 'EIO' }); };",
    );
    const { status, stdout, stderr } = run([checkout, 'acme'], env);
    expect({ status, stdout }).toEqual({ status: 72, stdout: '' });
    expect(stderr).toContain('EIO');
  });

  it.each([
    ['an error in the middle', "JSON.stringify = () => { throw new TypeError('broken'); };"],
    [
      'an uncaught exception',
      "setImmediate(() => { throw new Error('broken'); }); process.stdout.write = () => true;",
    ],
    [
      'an unhandled rejection',
      "process.stdout.write = () => { Promise.reject(new Error('broken')); return true; };",
    ],
    ['something thrown that is no error', "JSON.stringify = () => { throw 'broken'; };"],
  ])('end with 70 for %s', (_, code) => {
    const { status, stdout, stderr } = run([checkout, 'acme'], preload(code));
    expect({ status, stdout }).toEqual({ status: 70, stdout: '' });
    expect(stderr).toContain('broken');
  });

  it('end with 70 where the result was never written', () => {
    const { status } = run([checkout, 'acme'], preload('process.stdout.write = () => true;'));
    expect(status).toBe(70);
  });

  it('end with 74 where the result cannot be written', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [checker, checkout, 'acme'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    expect(status).toBe(74);
    expect(stderr).toContain('could not be written');
  });

  it('end with 70 or above where the reader closes the pipe in the middle', async () => {
    const tasks = Array.from({ length: 900 }, (_, n) =>
      task({ id: `T${n}-${'x'.repeat(60)}`, status: 'x'.repeat(99) }),
    );
    write(`workplans/${ID}-x.md`, front() + tasks.join(''));
    const child = spawn(process.execPath, [checker, checkout, 'acme'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.once('readable', () => child.stdout.destroy());
    const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
    expect(code).toBe(74);
  });
});
