/**
 * Completes command lines by the library tab. It reads the program's commands, and prints with `console.log`: here its output
 * is caught and corrected where it would keep a shell from completing files, or fail in one.
 */
import type { RootCommand } from '@bomb.sh/tab';
import { Command } from 'commander';
import { BASH_COMPLETION } from './bash-completion.js';

/** Keeps a shell from completing files; the library ends each answer with it. */
const NO_FILES = ':4\n';
/** Lets the shell complete files where there is no other proposal. */
const DEFAULT = ':0\n';

/** Reads the commands of a program; those that complete are left out, since the library adds its own. */
export async function openCompletion(program: Command): Promise<RootCommand> {
  const { default: tab } = await import('@bomb.sh/tab/commander');
  const shown = new Command(program.name());
  for (const option of program.options) shown.addOption(option);
  for (const command of program.commands) {
    if (!/^complet(?:e|ion)$/.test(command.name())) shown.addCommand(command);
  }
  const root = tab(shown, { completionCommandName: 'completion' });
  // The library takes the descriptions, which are sentences.
  for (const command of program.commands) {
    const entry = root.commands.get(command.name());
    if (entry !== undefined && command.summary() !== '') entry.description = command.summary();
  }
  root.commands.get('completion')?.argument('shell', (add) => {
    for (const shell of ['bash', 'zsh', 'fish']) add(shell, '');
  });
  return root;
}

/**
 * Completes the last of some words.
 * @returns a proposal a line, with its meaning after a tabulator, and a last line that says whether files may follow
 */
export function completeLine(root: RootCommand, words: readonly string[]): string {
  const answer = catchOutput(() => root.parse([...words]));
  // Where the library proposes nothing for an argument, it may be a path.
  return answer === NO_FILES && !words.at(-1)?.startsWith('-') ? DEFAULT : answer;
}

/** The script that a shell reads. The package has two names for the command. */
export function scriptFor(root: RootCommand, shell: 'bash' | 'zsh' | 'fish'): string {
  if (shell === 'bash') return BASH_COMPLETION;
  const script = catchOutput(() => root.setup('doi', 'doi', shell));
  if (shell === 'fish') return `${script}\ncomplete -c doi-worker -w doi\n`;
  return (
    script
      .replace(/^#compdef doi$/m, '#compdef doi doi-worker')
      .replace(/^compdef _doi doi$/m, 'compdef _doi doi doi-worker')
      // The library hands this text, which a person typed, to eval.
      .replace(/(flagPrefix="-P \$\{)(BASH_REMATCH\}")/, '$1(q)$2')
      // In FORMAT=FILE only what follows the sign is a path.
      .replace(
        "_arguments '*:filename:_files'",
        (line) => `[[ \${words[-2]} == --output ]] && compset -P '*='; ${line}`,
      )
  );
}

function catchOutput(print: () => void): string {
  const original = console.log;
  const lines: string[] = [];
  console.log = (line: string) => lines.push(`${line}\n`);
  try {
    print();
  } finally {
    console.log = original;
  }
  return lines.join('');
}
