/** `doi migrate`: brings the database to this release's schema. */
import type { Command } from 'commander';
import type { Context } from './context.js';
import { showJson } from './show-text.js';
import { teach } from './teach.js';

interface Options {
  readonly down?: boolean;
  readonly json?: boolean;
}

export function addMigrate(program: Command, context: Context): void {
  const command = program
    .command('migrate')
    .summary("bring the database to this release's schema")
    .description(
      'Applies the migrations that the database lacks. Several at once are safe: one does the work, the others wait.',
    )
    .option('--down', "take everything back: doi-worker's own tables and what is in them; a State Hub's stay")
    .option('--json', 'print JSON')
    .action((options: Options) => runMigrate(options, context));
  teach(command, {
    examples: [
      ['doi migrate', 'before the first start, and after each update'],
      ['doi migrate --down', 'before doi-worker is taken off for good'],
    ],
  });
}

async function runMigrate(options: Options, { env, stdout }: Context): Promise<void> {
  const { findConnections } = await import('./connect.js');
  const { migrate } = await import('../platform/migrate.js');
  const { checkHubSchema } = await import('../registry/check-hub-schema.js');
  const { config, databaseUrl } = await findConnections(env);
  const direction = options.down ? 'down' : 'up';
  const settings = { url: databaseUrl(), schema: config.schema, direction, verify: checkHubSchema } as const;
  const names = await migrate(settings);
  if (options.json) {
    stdout.write(showJson({ direction, migrations: names }));
    return;
  }
  const verb = options.down ? 'Took back' : 'Applied';
  for (const name of names) stdout.write(`${verb} ${name}.\n`);
  if (names.length === 0) stdout.write('There was nothing to do.\n');
}
