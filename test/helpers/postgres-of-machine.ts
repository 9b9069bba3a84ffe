/** The PostgreSQL that tests start: the one of the packages, or that of `DOI_TEST_POSTGRES_BIN`. */
import { join } from 'node:path';
import type { PostgresBinaries } from '../../src/local/postgres-binaries.js';

/**
 * The programs in the folder that `DOI_TEST_POSTGRES_BIN` names, such as `/usr/lib/postgresql/15/bin`, with everything
 * set as that build has it; undefined where it is not set.
 */
export function postgresOfMachine(env: NodeJS.ProcessEnv = process.env): PostgresBinaries | undefined {
  const folder = env['DOI_TEST_POSTGRES_BIN'];
  if (folder === undefined || folder === '') return undefined;
  // The built-in locales came with release 17. The system's of this name has the same order and the same upper case.
  return {
    initdb: join(folder, 'initdb'),
    postgres: join(folder, 'postgres'),
    env: {},
    locale: ['--locale=C.UTF-8'],
  };
}
