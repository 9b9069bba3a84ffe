/** Tests of loading: values, and that a version is always that of what was read. */
import { appendFileSync, chmodSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  loadInputs,
  loadStable,
  loadTextFile,
  loadTextFolder,
  loadWorkplans,
} from '../../../src/inputs/load/load-inputs.js';
import { probeInput } from '../../../src/inputs/probe/probe-input.js';
import { makeFifo, put, tempFolder } from './checkout-files.js';

test('a text comes with the version that the probe gives', () => {
  const root = tempFolder();
  put(root, 'AGENTS.md', 'text');
  symlinkSync('AGENTS.md', join(root, 'CLAUDE.md'));
  put(root, 'SCOPE.md', Buffer.from([0xff]));
  for (const key of ['SCOPE.md', 'CLAUDE.md', 'tpsc.yaml'] as const) {
    expect(loadTextFile(root, key).version).toBe(probeInput(root, key).version);
  }
  expect(loadTextFile(root, 'CLAUDE.md').value).toEqual({ state: 'present', text: 'text' });
  expect(loadTextFile(root, 'tpsc.yaml').value).toEqual({ state: 'absent' });
  expect(loadTextFile(root, 'SCOPE.md').value).toMatchObject({ state: 'rejected' });
});

test('when a value changes during each read, then it is read five times and marked as unstable', () => {
  let version = 0;
  let reads = 0;
  const load = loadStable(
    () => ({ version: String(version) }),
    () => {
      reads += 1;
      version += 1;
      return { value: reads, agrees: true };
    },
  );
  expect(load).toEqual({ value: 5, version: '4~unsettled' });
});

test('when a read takes long, then it is not repeated after the first second', () => {
  let [version, now] = [0, 0];
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => void vi.restoreAllMocks());
  const load = loadStable(
    () => ({ version: String(version) }),
    () => {
      version += 1;
      now += 600;
      return { value: version, agrees: true };
    },
  );
  expect(load).toEqual({ value: 2, version: '1~unsettled' });
});

test('when a value changed once, then it is read again and is stable', () => {
  let reads = 0;
  const load = loadStable(
    () => ({ version: 'same' }),
    () => {
      reads += 1;
      return { value: reads, agrees: reads === 2 };
    },
  );
  expect(load).toEqual({ value: 2, version: 'same' });
});

test('the rules are the Markdown files of the folder and its sub-folders, in the order of their bytes', () => {
  const root = tempFolder();
  put(root, '.claude/rules/b.md', 'b');
  put(root, '.claude/rules/a/c.md', 'c');
  put(root, '.claude/rules/notes.txt', Buffer.from([0xff]));
  const { value, version } = loadTextFolder(root);
  expect(value).toEqual({
    state: 'present',
    files: [
      { name: 'a/c.md', text: 'c' },
      { name: 'b.md', text: 'b' },
    ],
    refused: [],
  });
  expect(version).toBe(probeInput(root, '.claude/rules').version);
});

test('one unsafe rule is left out and named, and the others are loaded', () => {
  const root = tempFolder();
  put(root, '.claude/rules/a.md', 'a');
  makeFifo(join(root, '.claude/rules/b.md'));
  expect(loadTextFolder(root).value).toEqual({
    state: 'present',
    files: [{ name: 'a.md', text: 'a' }],
    refused: ['.claude/rules/b.md is a pipe (FIFO), not a regular file.'],
  });
});

test('when an editor has put a lock file beside a rule, then the rules are the same', () => {
  const root = tempFolder();
  put(root, '.claude/rules/a.md', 'kaizen');
  const before = loadTextFolder(root);
  symlinkSync('someone@laptop.4242:1700000000', join(root, '.claude/rules/.#a.md'));
  put(root, '.claude/rules/._a.md', Buffer.from([0, 5, 22, 7, 255]));
  expect(loadTextFolder(root).value).toEqual(before.value);
});

test.each([
  ['CLAUDE.md', 'AGENTS.md'],
  ['tpsc.yaml', 'tpsc.yml'],
] as const)('when %s is absent and %s is there, then the value and the version name that', (key, instead) => {
  const root = tempFolder();
  expect(probeInput(root, key).version).toBe('absent');
  put(root, instead, 'x');
  expect(loadTextFile(root, key)).toEqual({
    value: { state: 'absent', instead },
    version: `absent@${instead}`,
  });
});

function digestOf(root: string): string {
  const { value } = loadWorkplans(root);
  if (!('digest' in value)) throw new Error(value.rejected);
  return value.digest;
}

test('the digest of workplans stays over a touch and changes with a name or a byte', () => {
  const root = tempFolder();
  const digests = [digestOf(root)];
  const file = put(root, 'workplans/archived/a.md', 'one');
  digests.push(digestOf(root));
  utimesSync(file, 1, 1);
  expect(digestOf(root)).toBe(digests.at(-1));
  writeFileSync(file, 'two');
  digests.push(digestOf(root));
  put(root, 'workplans/b.md', '');
  digests.push(digestOf(root));
  symlinkSync('b.md', join(root, 'workplans/c.md'));
  digests.push(digestOf(root));
  symlinkSync(tempFolder(), join(root, 'workplans/d.md'));
  digests.push(digestOf(root));
  expect(new Set(digests).size).toBe(digests.length);
});

test('the digest covers a file that is larger than any text may be', () => {
  const root = tempFolder();
  const file = put(root, 'workplans/a.bin', Buffer.alloc(1024 * 1024));
  const before = digestOf(root);
  appendFileSync(file, 'x');
  expect(digestOf(root)).not.toBe(before);
  expect(loadWorkplans(root).version).toBe(probeInput(root, 'workplans').version);
});

test('workplans that are no folder are rejected, with the reason', () => {
  const root = tempFolder();
  put(root, 'workplans');
  expect(loadWorkplans(root).value).toEqual({ rejected: 'workplans is a file, not a folder.' });
});

test('loads the given keys and nothing else, and says where there is no checkout', () => {
  const root = tempFolder();
  put(root, 'SCOPE.md', 'text');
  chmodSync(root, 0o755);
  expect(Object.keys(loadInputs({ path: root }, ['SCOPE.md', 'workplans']))).toEqual([
    'SCOPE.md',
    'workplans',
  ]);
  for (const path of [undefined, join(root, 'gone'), join(root, 'SCOPE.md'), 'src']) {
    expect(loadInputs({ path }, ['SCOPE.md', 'workplans'])).toEqual({
      'SCOPE.md': { value: { state: 'no-checkout' }, version: 'absent' },
      workplans: { value: { state: 'no-checkout' }, version: 'absent' },
    });
  }
});

test('folders that are reached by a link are loaded, with the version that the probe gives', () => {
  const root = tempFolder();
  put(root, 'docs/plans/a.md', 'plan');
  put(root, 'docs/agents/rules/b.md', 'rule');
  put(root, 'docs/c.md', 'linked rule');
  symlinkSync('docs/plans', join(root, 'workplans'));
  symlinkSync('docs/agents', join(root, '.claude'));
  symlinkSync('../../c.md', join(root, 'docs/agents/rules/c.md'));
  expect(loadWorkplans(root).version).toBe(probeInput(root, 'workplans').version);
  expect(loadTextFolder(root)).toEqual({
    version: probeInput(root, '.claude/rules').version,
    value: {
      state: 'present',
      files: [
        { name: 'b.md', text: 'rule' },
        { name: 'c.md', text: 'linked rule' },
      ],
      refused: [],
    },
  });
});
