// Which build judged a row, and which worker leads its host: builds of one version are ordered, and machines that share
// a name of a host are noticed.

/** @param {import('postgres').TransactionSql} sql */
export async function up(sql) {
  await sql`alter table doi_evaluation add column build text`;
  await sql`
    alter table doi_host
      add column build text,
      add column worker text,
      add column worker_at timestamptz,
      add column machine text`;
  // That a worker leads on concerns no reader.
  await sql`drop trigger doi_tell on doi_host`;
  await sql`
    create trigger doi_tell
    after insert or delete or update of heartbeat, version, capacity, isolation, trouble on doi_host
    for each row execute function doi_tell()`;
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  await sql`drop trigger doi_tell on doi_host`;
  await sql`
    create trigger doi_tell after insert or update or delete on doi_host
    for each row execute function doi_tell()`;
  await sql`
    alter table doi_host drop column machine, drop column worker_at, drop column worker, drop column build`;
  await sql`alter table doi_evaluation drop column build`;
}
