/** `doi migrate`: brings the database to this release's schema. */
import type { Command } from 'commander';
import { DoiError } from '../domain/errors.js';
import { type Context, EXIT } from './context.js';
import { addHelpText } from './help-text.js';
import { showJson, showText } from './terminal.js';

interface Options {
  readonly down?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addMigrate(program: Command, context: Context): void {
  const command = program
    .command('migrate')
    .summary("bring the database to this release's schema")
    .description(
      'Applies the migrations that are missing in the database. It may run several times at once: one does the work, the ' +
        'others wait.',
    )
    .option('--down', "delete doi-worker's own tables with all their data; those of a State Hub stay")
    .option('--yes', 'with --down: delete without asking')
    .option('--json', 'print JSON')
    .action((options: Options) => runMigrate(options, context));
  addHelpText(command, {
    notes: '--down says what it would delete, and asks. Without a terminal it needs --yes.',
    examples: [
      ['doi migrate', 'before the first start, and after each upgrade'],
      ['doi migrate --down', 'before doi-worker is removed for good'],
    ],
  });
}

async function runMigrate(options: Options, context: Context): Promise<void> {
  const { findConnections } = await import('./open-services.js');
  const { migrate } = await import('../platform/postgres/migrate.js');
  const { checkHubSchema } = await import('../registry/check-hub-schema.js');
  const { stdout } = context;
  const { config, databaseUrl } = await findConnections(context.env);
  const direction = options.down ? 'down' : 'up';
  const settings = { url: databaseUrl(), schema: config.schema, direction, verify: checkHubSchema } as const;
  if (options.down && !options.yes && !(await isConfirmed(settings, context))) {
    context.stderr.write('Nothing was deleted.\n');
    if (options.json) stdout.write(showJson({ direction, migrations: [] }));
    context.exitCode = EXIT.broken;
    return;
  }
  const names = await migrate(settings);
  if (options.json) {
    stdout.write(showJson({ direction, migrations: names }));
    return;
  }
  const verb = options.down ? 'Reverted' : 'Applied';
  for (const name of names) stdout.write(`${verb} ${name}.\n`);
  if (names.length === 0) stdout.write('There was nothing to do.\n');
}

/**
 * Shows what would be deleted, and asks whether to delete it.
 * @throws {DoiError} `bad_request` where there is no terminal
 */
async function isConfirmed(
  { url, schema }: { readonly url: string; readonly schema: string | undefined },
  { ask }: Context,
): Promise<boolean> {
  const { previewDown } = await import('../platform/postgres/migrate.js');
  const { showDatabase } = await import('../platform/postgres/database-url.js');
  const doomed = await previewDown({ url, schema });
  if (doomed.length === 0) return true;
  const place = `${showDatabase(url)}${schema === undefined ? '' : `, schema ${schema}`}`;
  const found = `This deletes all data of doi-worker in ${place}, for good: ${doomed.join(', ')}.`;
  const answer = await ask?.(`${showText(found, 2000)}\nTo delete it, type "yes": `);
  if (answer !== undefined) return answer.toLowerCase() === 'yes';
  throw new DoiError('bad_request', found, 'There is no terminal to ask at: add --yes to delete it.');
}
