// Web processes are told which repository was written to, and that a host was heard of, so that they keep a summary ready.

/** @param {import('postgres').TransactionSql} sql */
export async function up(sql) {
  // Beside a hub doi_cache is the hub's and gets no trigger: whatever we write there, we write to doi_evaluation too.
  await sql`
    create function doi_tell() returns trigger language plpgsql as $$
    begin
      if tg_table_name = 'doi_host' then perform pg_notify('doi_fleet', 'host');
      elsif tg_op = 'DELETE' then perform pg_notify('doi_fleet', old.repo_id::text);
      else perform pg_notify('doi_fleet', new.repo_id::text);
      end if;
      return null;
    end $$`;
  for (const table of ['doi_evaluation', 'doi_failure', 'doi_observation', 'doi_host']) {
    await sql`
      create trigger doi_tell after insert or update or delete on ${sql(table)}
      for each row execute function doi_tell()`;
  }
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  for (const table of ['doi_host', 'doi_observation', 'doi_failure', 'doi_evaluation']) {
    await sql`drop trigger doi_tell on ${sql(table)}`;
  }
  await sql`drop function doi_tell()`;
}
