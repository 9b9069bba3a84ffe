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

  // Adds up how often which reasons were asked for; of many different ones ten are told apart.
  await sql.unsafe(`
    create function doi_add_reasons(counts jsonb, more jsonb) returns jsonb
    language sql immutable parallel safe as $$
      select coalesce(jsonb_object_agg(reason, n), '{}') from (
        select case when place <= 10 then key else 'other reasons' end as reason, sum(n)::integer as n
        from (
          select key, sum(value::integer) as n,
            row_number() over (order by key = 'other reasons', bool_or(is_old) desc, key) as place
          from (
            select key, value, true as is_old from jsonb_each_text($1)
            union all
            select key, value, false from jsonb_each_text($2)
          ) both_counts
          group by key
        ) placed
        group by 1
      ) added
    $$`);
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  await sql`drop function doi_add_reasons(jsonb, jsonb)`;
  await sql`alter table doi_host drop column trouble`;
  await sql`alter table doi_failure drop column retry_at`;
  await sql`alter table doi_evaluation drop column collapsed`;
  await sql`alter table doi_request drop column collapsed`;
  await sql`alter table doi_request add column pushed_head text, add column pushed_at timestamptz`;
  await sql`drop table doi_push`;
}
