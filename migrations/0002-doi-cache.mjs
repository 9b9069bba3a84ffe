// doi_cache, to the column as the hub's own migration k8f9a0b1c2d3 makes it: `id` without a default, `criteria` as json.

const OURS = 'Made by doi-worker.';

/** @param {import('postgres').TransactionSql} sql */
export async function up(sql) {
  // In the schema at hand: with a schema of our own, the hub's table of that name elsewhere is another table.
  const [row] =
    await sql`select to_regclass(quote_ident(current_schema()) || '.doi_cache') is null as missing`;
  if (!row?.missing) return;
  await sql`
    create table doi_cache (
      id uuid not null primary key,
      repo_id uuid not null unique references managed_repos (id) on delete cascade,
      tier varchar(20) not null,
      core_pass boolean not null default false,
      standard_pass boolean not null default false,
      full_pass boolean not null default false,
      criteria json,
      fingerprint text not null,
      checked_at timestamptz default now(),
      updated_at timestamptz default now()
    )`;
  await sql`create index ix_doi_cache_repo_id on doi_cache (repo_id)`;
  await sql`comment on table doi_cache is ${sql.unsafe(`'${OURS}'`)}`;
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  const [row] = await sql`select obj_description(to_regclass('doi_cache'), 'pg_class') as comment`;
  if (row?.comment === OURS) await sql`drop table doi_cache`;
}
