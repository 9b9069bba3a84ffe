/** `doi completion SHELL` prints a script that completes command lines; `doi complete` is what that script runs. */
import { Argument, type Command } from 'commander';
import type { Context } from './context.js';
import { addHelpText } from './help-text.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export function addCompletion(program: Command, context: Context): void {
  const command = program
    .command('completion')
    .summary('print a script for a shell that completes doi')
    .description('Prints a script for a shell, which then completes commands, options and their values.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action(async (shell: Shell) => {
      const { openCompletion, scriptFor } = await import('./complete-line.js');
      context.stdout.write(scriptFor(await openCompletion(program), shell));
    });
  addHelpText(command, {
    notes: 'The script starts "doi" at each press of the key, so doi must be on the PATH.',
    examples: [
      ['source <(doi completion bash)', 'in ~/.bashrc'],
      ['source <(doi completion zsh)', 'in ~/.zshrc, after compinit'],
      ['doi completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
  });
  program
    .command('complete', { hidden: true })
    .argument('[words...]', 'the words after doi, the last one unfinished')
    .action(async (words: string[]) => {
      const { openCompletion, completeLine } = await import('./complete-line.js');
      context.stdout.write(completeLine(await openCompletion(program), words));
    });
}
