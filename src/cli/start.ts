/** `doi start`, which is `npm start`: runs everything on one machine, with PostgreSQL and Redis of its own. */
import type { Command } from 'commander';
import { installation } from '../platform/process/installation.js';
import type { Context } from './context.js';
import { addHelpText } from './help-text.js';
import { showText } from './terminal.js';

/** How a person types `doi start` with these places: npm passes on what follows two dashes. */
function given(places: readonly string[]): string {
  const [first, ...rest] =
    installation.kind === 'clone' ? ['npm start', ...(places.length > 0 ? ['--'] : [])] : ['doi start'];
  return [first, ...rest, ...places].join(' ');
}

export function addStart(program: Command, context: Context): void {
  const command = program
    .command('start')
    .summary('run everything on this machine')
    .description(
      'Starts its own PostgreSQL and Redis (unless DATABASE_URL and REDIS_URL are set), a web process and a worker, ' +
        'registers the git repositories found under the paths, or mirrors of remotes, evaluates them, and serves until Ctrl-C.',
    )
    .argument(
      '[place...]',
      'where to find repositories: a folder, three levels of folders deep; the URL of a remote; or an owner at a forge, ' +
        'such as github:acme (default: the checkout of doi-worker, or the current folder where npm installed it)',
    )
    .option(
      '--data <folder>',
      `where to keep the data (default: DOI_DATA, else ${showText(installation.dataDir)})`,
    )
    .action(async (paths: string[], { data }: { data?: string }) => {
      const { startAll } = await import('./start-all.js');
      const env = data === undefined ? context.env : { ...context.env, DOI_DATA: data };
      context.exitCode = await startAll(paths, { ...context, env });
    });
  addHelpText(command, {
    notes:
      'The data are kept, and the next start uses them again. Other commands find the running servers by themselves; if\n' +
      '--data was given, set the environment variable DOI_DATA for them.',
    examples: [
      [
        given([]),
        installation.kind === 'clone' ? 'try it on the checkout of doi-worker' : 'try it on this folder',
      ],
      [given(['~/code']), 'on the repositories below ~/code'],
      [given(['https://git.example.org/acme/widget.git']), 'on a remote that is not cloned here'],
      [given(['github:acme']), 'on all repositories of an organisation'],
      ['doi start ~/code --data ~/doi-data', 'with a data folder of its own'],
    ],
  });
}
