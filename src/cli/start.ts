/** `doi start`, which is `npm start`: everything on one machine, with services of its own. */
import type { Command } from 'commander';
import type { Context } from './context.js';
import { addHelpText } from './help-text.js';

export function addStart(program: Command, context: Context): void {
  const command = program
    .command('start')
    .summary('run everything on this machine')
    .description(
      'Starts PostgreSQL and Redis of its own (unless DATABASE_URL and REDIS_URL are set), a web process and a worker, ' +
        'registers the git repositories found under the paths, evaluates them, and serves until Ctrl-C.',
    )
    .argument(
      '[path...]',
      'where to look for repositories, three levels of folders deep (default: this very checkout)',
    )
    .option('--data <folder>', 'where to keep the data (default: DOI_DATA, else .doi beside the code)')
    .action(async (paths: string[], { data }: { data?: string }) => {
      const { startAll } = await import('./start-all.js');
      const env = data === undefined ? context.env : { ...context.env, DOI_DATA: data };
      context.exitCode = await startAll(paths, { ...context, env });
    });
  addHelpText(command, {
    notes:
      'The data are kept, and a second start finds them again. Other commands find what is running by themselves; ' +
      'where\n--data was given, by the environment variable DOI_DATA.',
    examples: [
      ['npm start', 'try it on this very checkout'],
      ['npm start -- ~/code', 'on the repositories below ~/code'],
      ['doi start ~/code --data ~/doi-data', 'with a data folder of its own'],
    ],
  });
}
