// Our own tables beside doi_cache: what an evaluation rested on, what is asked for, what failed, what changed.

/** @param {import('postgres').TransactionSql} sql */
export async function up(sql) {
  // Orders evaluations: taken when one starts, before it looks at anything.
  await sql`create sequence doi_observation_seq`;
  // Names one ask: never used twice, so that settling an old one cannot take a new one away.
  await sql`create sequence doi_request_seq`;

  await sql`
    create table doi_evaluation (
      repo_id uuid primary key references managed_repos (id) on delete cascade,
      observation bigint,
      cache_digest text,
      tier text,
      statuses jsonb,
      inputs jsonb,
      ran text[] not null default '{}',
      kept text[] not null default '{}',
      changed jsonb not null default '[]',
      trigger text,
      duration_ms double precision,
      host text,
      judged_at jsonb not null default '{}'
    )`;
  await sql`
    create table doi_request (
      repo_id uuid primary key references managed_repos (id) on delete cascade,
      seq bigint not null,
      forced boolean not null,
      priority smallint not null,
      reason text not null,
      wanted text,
      requested_at timestamptz not null,
      started_at timestamptz,
      starts integer not null default 0,
      not_before timestamptz,
      pushed_head text,
      pushed_at timestamptz
    )`;
  await sql`
    create table doi_failure (
      repo_id uuid primary key references managed_repos (id) on delete cascade,
      observation bigint not null,
      code text not null,
      message text not null,
      remedy text not null,
      fingerprint text,
      attempts integer not null,
      since timestamptz not null,
      last_at timestamptz not null
    )`;
  await sql`
    create table doi_history (
      repo_id uuid not null references managed_repos (id) on delete cascade,
      observation bigint not null,
      at timestamptz not null,
      tier_was text,
      tier_now text not null,
      statuses_was jsonb,
      statuses_now jsonb not null,
      changed jsonb not null,
      primary key (repo_id, observation)
    )`;
  await sql`create index ix_doi_history_at on doi_history (at)`;
  await sql`
    create table doi_observation (
      repo_id uuid primary key references managed_repos (id) on delete cascade,
      host text not null,
      fingerprint text,
      since timestamptz not null,
      seen_at timestamptz not null,
      recorded_at timestamptz not null
    )`;
  await sql`
    create table doi_host (
      host text primary key,
      heartbeat timestamptz not null,
      version text not null,
      capacity integer not null
    )`;
  await sql`
    create table doi_sweep (
      id uuid primary key,
      trigger text not null,
      host text not null,
      started_at timestamptz not null,
      alive_at timestamptz not null,
      finished_at timestamptz,
      total integer not null,
      done integer not null,
      counts jsonb not null default '{}'
    )`;
  await sql`create index ix_doi_sweep_started_at on doi_sweep (started_at)`;
  // At most one sweep is under way.
  await sql`create unique index ux_doi_sweep_running on doi_sweep ((true)) where finished_at is null`;

  // What a row of doi_cache says, as one digest. Where it is not the digest that was stored with the evaluation,
  // somebody else wrote the row.
  await sql.unsafe(`
    create function doi_cache_digest(
      tier text, core_pass boolean, standard_pass boolean, full_pass boolean,
      criteria text, fingerprint text, checked_at timestamptz
    ) returns text language sql stable parallel safe as $$
      select encode(sha256(convert_to(json_build_array(
        $1, $2, $3, $4, $5, $6, extract(epoch from $7)::text
      )::text, 'UTF8')), 'hex')
    $$`);
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  await sql`drop function doi_cache_digest(text, boolean, boolean, boolean, text, text, timestamptz)`;
  const tables = ['sweep', 'host', 'observation', 'history', 'failure', 'request', 'evaluation'];
  for (const name of tables) await sql`drop table ${sql(`doi_${name}`)}`;
  await sql`drop sequence doi_request_seq`;
  await sql`drop sequence doi_observation_seq`;
}
