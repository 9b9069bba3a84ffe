import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../../src/cli/program.js';
import { quoteForShell } from '../../../src/domain/text.js';
import { packageRoot } from '../../../src/platform/process/package-root.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';

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

  it('of zsh and fish completes the second name too, and zsh quotes what it hands to eval', async () => {
    const zsh = (await doi('completion', 'zsh')).stdout;
    expect(zsh).toMatch(/^#compdef doi doi-worker\ncompdef _doi doi doi-worker$/m);
    expect(zsh).toContain("compset -P '*='; _arguments '*:filename:_files'");
    expect(zsh).toMatch(/flagPrefix="-P \$\{\(q\)BASH_REMATCH\}"/);
    expect((await doi('completion', 'fish')).stdout).toContain('\ncomplete -c doi-worker -w doi\n');
  });

  it('completes in bash, also where it was read twice, and values after =', async () => {
    const lines = [
      ...(await bashLines()),
      ...['doi check --requ', 'doi check --require ""', 'doi-worker check --format = s'].map(completing),
      'COMP_WORDBREAKS=" "',
      completing('doi check --format=s'),
      'complete -p doi doi-worker',
    ];
    expect(bash(lines)).toBe(
      [
        ...['--require', 'core', 'standard', 'full', 'sarif', '--format=sarif'],
        ...[
          'complete -o default -F __doi_complete doi',
          'complete -o default -F __doi_complete doi-worker',
          '',
        ],
      ].join('\n'),
    );
  });

  it.skipIf(!has('fish'))('completes in fish, files after FORMAT= too', async () => {
    await inShell('fish', (script) => {
      const lines = ['check --requ', 'check --require s', 'check --output sarif=rep', 'check rep'];
      const commands = lines.map((line) => `complete -C "doi ${line}"`);
      const argv = ['--no-config', '-c', [`source ${script}`, ...commands].join('\n')];
      return { argv, shown: [/^--require\t/, 'standard', 'sarif=report.sarif', 'report.sarif'] };
    });
  });

  it.skipIf(!has('zsh'))('completes in zsh, files after FORMAT= too', async () => {
    await inShell('zsh', (script) => {
      const lines = ['doi check --requ', 'doi-worker check --require s', 'doi check --output sarif=rep'];
      const argv = ['-f', '-c', zshDialogue(script), 'zsh', ...lines, 'doi check rep'];
      const shown = [
        ...['doi check --require ', 'doi-worker check --require standard '],
        ...['doi check --output sarif=report.sarif ', 'doi check report.sarif '],
      ];
      return { argv, shown };
    });
  });

  it('runs nothing in bash that was typed', async () => {
    const folder = await makeTempFolder('completion');
    try {
      const proof = join(folder, 'proof');
      const typed = [
        `$(touch ${proof})`,
        `\`touch ${proof}\``,
        `;touch ${proof};`,
        `--format=$(touch ${proof})`,
      ];
      const lines = typed.flatMap((text) =>
        [
          ['doi', 'show', text],
          ['doi', 'show', text, ''],
          ['doi', text, 'x'],
        ].map((words) => `COMP_WORDS=(${words.map(quoteForShell).join(' ')}); COMP_CWORD=2; __doi_complete`),
      );
      // The program only proposes, so that a shell function can stand for it.
      bash([...(await bashLines()), "doi() { printf ':0\\n'; }", ...lines]);
      expect(existsSync(proof)).toBe(false);
    } finally {
      await removeFolder(folder);
    }
  });
});

function has(shell: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, shell)));
}

/** Starts a shell whose PATH has doi, in a folder with report.sarif, and compares the lines that it prints. */
async function inShell(
  shell: string,
  /** @param script the path of what doi prints for the shell */
  make: (script: string) => { argv: string[]; shown: (string | RegExp)[] },
): Promise<void> {
  const home = await makeTempFolder('completion');
  try {
    const [folder, script] = [join(home, 'here'), join(home, 'script')];
    await mkdir(folder);
    await writeFile(join(folder, 'report.sarif'), '');
    await writeFile(script, (await doi('completion', shell)).stdout);
    const { argv, shown } = make(script);
    const env = { HOME: home, TERM: 'dumb', PATH: `${join(packageRoot, 'bin')}:${process.env['PATH']}` };
    const text = execFileSync(shell, argv, { cwd: folder, env, encoding: 'utf8', timeout: 30_000 });
    expect(text.split('\n').slice(0, -1)).toEqual(
      shown.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))),
    );
  } finally {
    await removeFolder(home);
  }
}

/** Types each argument into a zsh of its own terminal, presses the tabulator, and prints the line that is then there. */
function zshDialogue(script: string): string {
  const setup = [
    'PROMPT=; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -D -u',
    `source ${script}; show() { print -r -- "<$BUFFER>"; BUFFER=; }; zle -N show; bindkey "^O" show; print rea''dy`,
  ];
  return `
    zmodload zsh/zpty
    zpty typed zsh -f -i
    zpty -w typed ${quoteForShell(setup.join('; '))}
    zpty -r typed out '*ready*'
    for line in "$@"; do
      zpty -n -w typed "$line"$'\\t\\x0f'
      zpty -r typed out '*<*>*'
      print -r -- "\${\${out##*<}%%>*}"
    done
    zpty -d typed`;
}

/** The script, read twice, for a doi that is not on the PATH. */
async function bashLines(): Promise<string[]> {
  const { stdout: script } = await doi('completion', 'bash');
  const program = [process.execPath, join(packageRoot, 'bin/doi')].map(quoteForShell).join(' ');
  // Only a shell that a person types in has compopt.
  return ['set -e', `doi() { ${program} "$@"; }`, 'compopt() { :; }', script, script];
}

/** Completes the last of some words, and prints the proposals. */
function completing(words: string): string {
  return `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); __doi_complete; printf '%s\\n' "\${COMPREPLY[@]}"`;
}

function bash(lines: readonly string[]): string {
  const argv = ['--noprofile', '--norc', '-c', lines.join('\n')];
  return execFileSync('bash', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
