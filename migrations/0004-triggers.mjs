// What triggers leave behind: pushes, what collapsed into a request, when a failure is tried again, a host's trouble.

/** @param {import('postgres').TransactionSql} sql */
export async function up(sql) {
  // A push outlives the request that it made: that is settled in a moment, and the checkout may be pulled days later.
  await sql`
    create table doi_push (
      repo_id uuid primary key references managed_repos (id) on delete cascade,
      branch text not null,
      head text not null,
      pushed_at timestamptz not null,
      updated_at timestamptz
    )`;
  await sql`alter table doi_request drop column pushed_head, drop column pushed_at`;
  await sql`alter table doi_request add column collapsed jsonb not null default '{}'`;
  await sql`alter table doi_evaluation add column collapsed jsonb not null default '{}'`;
  await sql`alter table doi_failure add column retry_at timestamptz`;
  await sql`alter table doi_host add column trouble jsonb`;

  // Counts one more ask of a reason; of many different ones the first ten are told apart.
  await sql.unsafe(`
    create function doi_count_reason(counts jsonb, reason text) returns jsonb
    language sql immutable parallel safe as $$
      select $1 || jsonb_build_object(key, coalesce(($1 ->> key)::integer, 0) + 1)
      from (
        select case
          when $1 ? $2 or (select count(*) from jsonb_object_keys($1)) < 10 then $2
          else 'other reasons'
        end as key
      ) named
    $$`);
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  await sql`drop function doi_count_reason(jsonb, text)`;
  await sql`alter table doi_host drop column trouble`;
  await sql`alter table doi_failure drop column retry_at`;
  await sql`alter table doi_evaluation drop column collapsed`;
  await sql`alter table doi_request drop column collapsed`;
  await sql`alter table doi_request add column pushed_head text, add column pushed_at timestamptz`;
  await sql`drop table doi_push`;
}
