/** Tests of the checker's version: whatever it would run belongs to it. */
import { chmodSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { probeChecker } from '../../../src/inputs/probe/checker-version.js';
import { put, tempFolder } from './checkout-files.js';

function program(folder: string, name: string, content = '#!/bin/sh\n'): string {
  const path = put(folder, name, content);
  chmodSync(path, 0o755);
  return path;
}

function command(argv: readonly string[], output: 'json' | 'exit-code' = 'json') {
  return { kind: 'command', argv, output } as const;
}

test('the built-in checker’s version is the digest of its file, computed again when the file is replaced', () => {
  const file = put(tempFolder(), 'checker.cjs', 'one');
  const before = probeChecker({ kind: 'built-in', file }, '').version;
  expect(before).toMatch(/^built-in#[0-9a-f]{16}$/);
  writeFileSync(file, 'two');
  const after = probeChecker({ kind: 'built-in', file }, '').version;
  expect(after).not.toBe(before);
  writeFileSync(file, 'one');
  expect(probeChecker({ kind: 'built-in', file }, '').version).toBe(before);
});

test('the version of a command changes with its arguments, its output and every file that it names', () => {
  const folder = tempFolder();
  const run = program(folder, 'run');
  const script = put(folder, 'script.py', 'one');
  const version = (argv: string[], output?: 'exit-code') => probeChecker(command(argv, output), '').version;
  const base = version([run, script, '{path}']);
  expect(version([run, script, '{path}'])).toBe(base);
  expect(version([run, script, '{path}', '-v'])).not.toBe(base);
  expect(version([run, script, '{path}'], 'exit-code')).not.toBe(base);
  writeFileSync(script, 'two');
  const edited = version([run, script, '{path}']);
  expect(edited).not.toBe(base);
  program(folder, 'run', '#!/bin/sh\nexit 0\n');
  expect(version([run, script, '{path}'])).not.toBe(edited);
});

test('a program is searched in the path, and the one that is found belongs to the version', () => {
  const folder = tempFolder();
  program(folder, 'b/check');
  const searchPath = `relative:${join(folder, 'a')}:${join(folder, 'b')}`;
  const before = probeChecker(command(['check']), searchPath);
  expect(before.program).toBe(join(folder, 'b/check'));
  program(folder, 'a/check');
  const after = probeChecker(command(['check']), searchPath);
  expect(after.program).toBe(join(folder, 'a/check'));
  expect(after.version).not.toBe(before.version);
});

test('a program behind a link counts by where the link leads', () => {
  const folder = tempFolder();
  program(folder, 'v1');
  program(folder, 'v2');
  const link = join(folder, 'check');
  symlinkSync('v1', link);
  const before = probeChecker(command([link]), '').version;
  unlinkSync(link);
  symlinkSync('v2', link);
  expect(probeChecker(command([link]), '').version).not.toBe(before);
});

test('a missing checker is a host problem', () => {
  const folder = tempFolder();
  const run = program(folder, 'run');
  const gone = join(folder, 'gone.py');
  const plain = put(folder, 'not-executable');
  for (const argv of [[gone], [run, gone], ['no-such-program-here'], [plain]]) {
    const code = { code: 'checker_missing' };
    expect(() => probeChecker(command(argv), folder)).toThrow(expect.objectContaining(code));
  }
  const file = put(folder, 'checker.cjs');
  renameSync(file, `${file}.old`);
  expect(() => probeChecker({ kind: 'built-in', file }, '')).toThrow(
    expect.objectContaining({ code: 'checker_missing' }),
  );
});

test('a program that a repository would name is refused', () => {
  const settings = command(['{path}/check.sh']);
  expect(() => probeChecker(settings, '')).toThrow(expect.objectContaining({ code: 'bad_configuration' }));
});
