/** A folder of a test's own, gone after the test. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

export function tempFolder(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'doi-inputs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file and the folders above it; returns its path. */
export function put(folder: string, path: string, content: string | Buffer = ''): string {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
}

export function makeFifo(path: string): void {
  execFileSync('mkfifo', [path]);
}

export const isRoot = process.getuid?.() === 0;

/** Runs an expression over a module of the sources as a user that is not root, even where root runs the tests. */
export function asUnprivileged<T>(source: string, expression: string): T {
  const bundle = put(tempFolder(), 'bundle.cjs');
  const flags = ['--bundle', '--platform=node', '--format=cjs', '--log-level=error', `--outfile=${bundle}`];
  execFileSync('node_modules/.bin/esbuild', [source, ...flags]);
  chmodSync(dirname(bundle), 0o755);
  const become = isRoot ? 'process.setgid(65534); process.setuid(65534);' : '';
  const code = `const loaded = require(${JSON.stringify(bundle)}); ${become}
    let result;
    try { result = ${expression}; } catch (error) { result = { thrown: error.code }; }
    console.log(JSON.stringify(result));`;
  return JSON.parse(execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' })) as T;
}
