import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  addOutputOptions,
  FORMATS,
  type OutputOptions,
  printAnswer,
  requireNoOutput,
  writeFiles,
} from '../../../src/cli/check-outputs.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';
import { sample } from '../check/formats/answers.js';

let root: string;
beforeEach(async () => {
  root = await makeTempFolder('outputs');
});
afterEach(() => removeFolder(root));

function parse(...argv: string[]): OutputOptions {
  const command = addOutputOptions(new Command().exitOverride().configureOutput({ writeErr: () => {} }));
  return command.parse(argv, { from: 'user' }).opts();
}

async function write(...argv: string[]): Promise<string> {
  let text = '';
  await writeFiles(sample(), parse(...argv));
  await printAnswer(sample(), parse(...argv), { stdout: { write: (part) => (text += part) } });
  return text;
}

describe('the outputs of a check', () => {
  it('are the text, unless a format is chosen', async () => {
    expect(await write()).toMatch(/^widget {2}\/code\/my widget\n/);
    expect(await write('--format', 'github')).toMatch(/^::warning file=SCOPE\.md,/);
    expect(await write('--json')).toBe(await write('--format', 'json'));
  });

  it('are written to files, each with the text that the format has when it is printed', async () => {
    const files = FORMATS.flatMap((format) => ['--output', `${format}=${join(root, format)}`]);
    const printed = await write('--format', 'junit', ...files);
    expect(printed).toMatch(/^<\?xml/);
    for (const format of FORMATS)
      expect(await readFile(join(root, format), 'utf8')).toBe(await write('--format', format));
    expect(await readdir(root)).toEqual([...FORMATS].sort());
  });

  it('replace a file that is there with its permissions, and write through a link, which stays', async () => {
    await writeFile(join(root, 'old'), 'x'.repeat(100_000), { mode: 0o600 });
    await symlink(join(root, 'old'), join(root, 'link'));
    await write('--output', `github=${join(root, 'link')}`);
    expect((await lstat(join(root, 'link'))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(root, 'old'), 'utf8')).toMatch(/^::warning/);
    expect((await lstat(join(root, 'old'))).mode & 0o777).toBe(0o600);
    expect(await readdir(root)).toEqual(['link', 'old']);
  });

  it('fail where a folder on the way is a link out of the current folder, or the file is a device', async () => {
    const victim = await makeTempFolder('victim');
    const before = process.cwd();
    try {
      await symlink(victim, join(root, 'reports'));
      process.chdir(root);
      for (const file of ['reports/doi.json', '/dev/stdout', '/proc/self/fd/1'])
        await expect(writeFiles(sample(), parse('--output', `json=${file}`))).rejects.toMatchObject({
          code: 'output_unwritable',
        });
      await writeFiles(sample(), parse('--output', `json=${join(root, 'reports/doi.json')}`));
    } finally {
      process.chdir(before);
      await removeFolder(victim);
    }
  });

  it.each([
    ['folder', 'exists and is not a regular file'],
    ['pipe', 'exists and is not a regular file'],
    ['none/file', 'could not be written (ENOENT)'],
    ['out', 'is a link that leads out of its folder'],
    ['dangling', 'is a link that leads out of its folder, or to nothing'],
  ])('fail with the reason when %s cannot be written, and leave it', async (name, reason) => {
    await mkdir(join(root, 'folder'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await symlink('missing', join(root, 'dangling'));
    const victim = await makeTempFolder('victim');
    try {
      await writeFile(join(victim, 'file'), 'mine');
      await symlink(join(victim, 'file'), join(root, 'out'));
      await expect(writeFiles(sample(), parse('--output', `json=${join(root, name)}`))).rejects.toMatchObject(
        {
          code: 'output_unwritable',
          message: expect.stringContaining(reason),
        },
      );
      expect(await readFile(join(victim, 'file'), 'utf8')).toBe('mine');
      expect(await readdir(root)).toEqual(['dangling', 'folder', 'out', 'pipe']);
    } finally {
      await removeFolder(victim);
    }
  });

  it('are refused where one is the baseline, by whatever name', () => {
    const options = parse('--output', `json=${join(root, 'a.json')}`);
    expect(() => requireNoOutput(options, `${root}/./a.json`)).toThrow(/is the baseline/);
    expect(() => requireNoOutput(options, join(root, 'b.json'))).not.toThrow();
  });

  it.each([
    ['a format that is not known', ['--output', 'xml=a']],
    ['no file', ['--output', 'sarif=']],
    ['no format', ['--output', 'a']],
    ['standard output', ['--output', 'sarif=-']],
    ['a folder', ['--output', 'sarif=a/']],
    ['--json beside another format', ['--json', '--format', 'sarif']],
  ])('are refused for %s', (_, argv) => {
    expect(() => parse(...argv)).toThrow(CommanderError);
  });

  it('are refused where two have one file, by whatever names', async () => {
    await mkdir(join(root, 'a'));
    await symlink(join(root, 'a'), join(root, 'b'));
    const outputs = (one: string, other: string) =>
      parse('--output', `sarif=${join(root, one)}`, '--output', `json=${join(root, other)}`);
    expect(outputs('a/x', 'a/y').output).toHaveLength(2);
    for (const [one, other] of [
      ['a/x', 'a/x'],
      ['a/x', 'a/../a/x'],
      ['a/x', 'b/x'],
    ] as const)
      expect(() => outputs(one, other)).toThrow(/its own file/);
  });
});
