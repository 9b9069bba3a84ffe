/** `doi start`, which is `npm start`: everything on one machine, with services of its own. */
import type { Command } from 'commander';
import type { Context } from './context.js';
import { teach } from './teach.js';

export function addStart(program: Command, context: Context): void {
  const command = program
    .command('start')
    .summary('run everything on this machine')
    .description(
      'Starts PostgreSQL and Redis of its own (unless DATABASE_URL and REDIS_URL are set), a web process and a worker, ' +
        'registers the git repositories found under the paths, evaluates them, and serves until Ctrl-C.',
    )
    .argument('[path...]', 'where to look for repositories, three folders deep (default: this very checkout)')
    .action(async (paths: string[]) => {
      const { startAll } = await import('./start-all.js');
      context.exitCode = await startAll(paths, context);
    });
  teach(command, {
    notes: 'Data stay in the folder .doi of this project; a second start finds them again.',
    examples: [
      ['npm start', 'try it on this very checkout'],
      ['npm start -- ~/code', 'on everything below ~/code'],
    ],
  });
}
