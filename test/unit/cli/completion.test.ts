import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../../src/cli/program.js';
import { packageRoot } from '../../../src/platform/process/package-root.js';

async function doi(...argv: string[]) {
  const out = { stdout: '', stderr: '' };
  const write = (name: keyof typeof out) => ({
    write: (text: string) => {
      out[name] += text;
    },
  });
  const code = await run(argv, { stdout: write('stdout'), stderr: write('stderr'), env: {} });
  return { code, ...out };
}

/** The proposals for an unfinished line, and the number that ends the answer. */
async function complete(...words: string[]) {
  const { stdout } = await doi('complete', '--', ...words);
  const lines = stdout.trimEnd().split('\n');
  return { proposals: lines.slice(0, -1).map((line) => line.split('\t')[0]), end: lines.at(-1) };
}

describe('when a line is completed', () => {
  it('then commands, options and values are those of the program, and no file follows them', async () => {
    expect(await complete('ch')).toEqual({ proposals: ['check', 'changes'], end: ':4' });
    expect((await complete('check', '--r')).proposals).toContain('--require');
    expect(await complete('check', '--require', '')).toEqual({
      proposals: ['core', 'standard', 'full'],
      end: ':4',
    });
    expect((await complete('record', '')).proposals).toEqual(expect.arrayContaining(['sbom', 'goal']));
    expect(await complete('completion', '')).toEqual({ proposals: ['bash', 'zsh', 'fish'], end: ':4' });
  });

  it('then a command is shown with its summary', async () => {
    expect((await doi('complete', '--', 'chec')).stdout).toMatch(
      /^check\tjudge one checkout; needs no service\n/,
    );
  });

  it('then a shell completes files where an argument may be a path, and not after an unknown option', async () => {
    expect(await complete('check', '')).toEqual({ proposals: [], end: ':0' });
    expect(await complete('check', 'src/a')).toEqual({ proposals: [], end: ':0' });
    expect(await complete('check', '--no-such')).toEqual({ proposals: [], end: ':4' });
  });

  it('then the command for it is in no help and no proposal', async () => {
    expect((await doi('--help')).stdout).not.toMatch(/^ {2}complete /m);
    expect((await complete('compl')).proposals).toEqual(['completion']);
  });
});

describe('the script of doi completion', () => {
  it.each(['bash', 'zsh', 'fish'])('is printed for %s, and completes doi', async (shell) => {
    const { code, stdout, stderr } = await doi('completion', shell);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/doi complete -- /);
  });

  it('is refused for another shell, with the names of those that there are', async () => {
    const { code, stderr } = await doi('completion', 'tcsh');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('bash, zsh, fish') });
  });

  it('completes in bash, also where it was read twice and the package bash-completion is not there', async () => {
    const { stdout: script } = await doi('completion', 'bash');
    const show = `__doi_complete; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const lines = [
      'set -e; unset -f _get_comp_words_by_ref || true',
      `doi() { ${JSON.stringify(process.execPath)} ${JSON.stringify(join(packageRoot, 'bin/doi'))} "$@"; }`,
      script,
      script,
      // Only a shell that a person types in has it.
      'compopt() { :; }',
      'COMP_WORDS=(doi check --requ); COMP_CWORD=2',
      show,
      'COMP_WORDS=(doi check --require ""); COMP_CWORD=3',
      show,
      'complete -p doi',
    ];
    const argv = ['--noprofile', '--norc', '-c', lines.join('\n')];
    expect(execFileSync('bash', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })).toBe(
      '--require\ncore\nstandard\nfull\ncomplete -o default -F __doi_complete doi\n',
    );
  });
});
