/**
 * Takes repositories out of the registry, with everything recorded about them.
 * Locks: the rows it deletes and, through the foreign keys' cascades, those that hang on them. Index: the unique one
 * on `managed_repos.slug`, and those on `repo_id`.
 */
import { DoiError } from '../domain/errors.js';
import type { Sql } from '../platform/sql.js';
import { unknownRepository } from './unknown-repository.js';

/**
 * Deletes all of the repositories, or none.
 * @throws {DoiError} `unknown_repository`; `bad_request` where a table of a State Hub still refers to one.
 */
export async function unregisterRepositories(sql: Sql, slugs: readonly string[]): Promise<void> {
  const wanted = [...new Set(slugs)];
  const deleted = await sql`
    delete from managed_repos
    where slug = any(${wanted}::text[])
      and (select count(*) from managed_repos where slug = any(${wanted}::text[])) = ${wanted.length}
    returning id`.catch((error: unknown) => {
    throw stillReferred(error, wanted);
  });
  if (deleted.length < wanted.length) throw await unknownRepository(sql, wanted);
}

function stillReferred(error: unknown, slugs: readonly string[]): unknown {
  const { code, table_name: table } = error as { code?: string; table_name?: string };
  if (code !== '23503') return error;
  const found = `A row of the table ${table ?? 'of another program'} still refers to ${slugs.length === 1 ? slugs[0] : 'one of these repositories'}.`;
  const remedy = `Archive instead: "doi archive ${slugs.join(' ')}".`;
  return new DoiError('bad_request', found, remedy, { cause: error });
}
