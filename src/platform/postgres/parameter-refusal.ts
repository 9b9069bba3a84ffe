/** A pooler that refuses a startup parameter: limits and search path go along with a connection as such. */
import { DoiError } from '../../domain/errors.js';

/** What PgBouncer has to be told about, since it refuses what it does not know. */
const IGNORED_PARAMETERS =
  'statement_timeout, lock_timeout, idle_in_transaction_session_timeout, plan_cache_mode, jit, search_path, options';
/** Ends the remedies of what a pooler does. */
export const POOLER_DOCS = 'docs/operations.md, "Behind a pooler", has the whole of it.';

/** A refusal of a startup parameter as an error that says what to set; undefined where the error is another one. */
export function parameterRefusal(error: Error): DoiError | undefined {
  const [, name] = /unsupported startup parameter(?: in options)?: (\S+)/.exec(error.message) ?? [];
  if (name === undefined) return undefined;
  return new DoiError(
    'database_unavailable',
    `The pooler before PostgreSQL refuses the startup parameter ${name}.`,
    `Set "ignore_startup_parameters = ${IGNORED_PARAMETERS}" in pgbouncer.ini, and the limits for the role. ${POOLER_DOCS}`,
    { cause: error },
  );
}
