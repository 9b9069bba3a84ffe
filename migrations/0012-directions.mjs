// Whether a change of the history was for the worse: the changes of a week over all repositories are listed by it.

/** @param {import('postgres').TransactionSql} sql */
export async function up(sql) {
  // `pass` and `warn` count towards a tier, `fail` and `skip` do not. A criterion that one side lacks tells nothing.
  await sql.unsafe(`
    create function doi_direction(tier_was text, tier_now text, statuses_was jsonb, statuses_now jsonb) returns text
    language sql immutable parallel safe as $$
      select case
        when $1 is null then 'first'
        when bool_or(now < was) and bool_or(now > was) then 'mixed'
        when bool_or(now < was) then 'worse'
        when bool_or(now > was) then 'better'
        else 'other' end
      from (
        select array_position(array['none', 'core', 'standard', 'full'], $1) as was,
          array_position(array['none', 'core', 'standard', 'full'], $2) as now
        union all
        select case before.value when 'pass' then 2 when 'warn' then 1 else 0 end,
          case after.value when 'pass' then 2 when 'warn' then 1 else 0 end
        from jsonb_each_text($3) before join jsonb_each_text($4) after using (key)
      ) moved
    $$`);
  // Made by the database, so that what a worker of an older release writes has it too.
  await sql`
    alter table doi_history add column direction text
      generated always as (doi_direction(tier_was, tier_now, statuses_was, statuses_now)) stored`;
  await sql`create index ix_doi_history_worse on doi_history (at) where direction in ('worse', 'mixed')`;
  await sql`create index ix_doi_history_better on doi_history (at) where direction in ('better', 'mixed')`;
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  await sql`alter table doi_history drop column direction`;
  await sql`drop function doi_direction(text, text, jsonb, jsonb)`;
}
