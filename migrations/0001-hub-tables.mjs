// The hub's tables as far as we read them, made only where they are missing: beside a State Hub they are the hub's.

const OURS =
  "Made by doi-worker, which stands alone here; beside a Custodian State Hub this table is the hub's.";
const TABLES = ['domains', 'managed_repos', 'repo_goals', 'tpsc_snapshots'];

/** @param {import('postgres').TransactionSql} sql */
export async function up(sql) {
  const missing = new Set();
  for (const table of TABLES) {
    const [row] = await sql`select to_regclass(${table}) is null as missing`;
    if (row?.missing) missing.add(table);
  }
  if (missing.has('domains')) {
    await sql`
      create table domains (
        id uuid primary key default gen_random_uuid(),
        slug varchar(50) not null unique,
        name varchar(200) not null,
        description text,
        status varchar(20) not null default 'active',
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      )`;
  }
  if (missing.has('managed_repos')) {
    await sql`
      create table managed_repos (
        id uuid primary key default gen_random_uuid(),
        domain_id uuid references domains (id),
        slug varchar(100) not null unique,
        name varchar(200) not null,
        description text,
        local_path text,
        remote_url text,
        host_paths json,
        status varchar(20) not null default 'active',
        last_sbom_at timestamptz,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      )`;
  }
  if (missing.has('repo_goals')) {
    await sql`
      create table repo_goals (
        id uuid primary key default gen_random_uuid(),
        repo_id uuid not null references managed_repos (id) on delete cascade,
        title varchar(300) not null,
        status varchar(20) not null default 'active',
        priority integer not null default 0,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      )`;
    await sql`create index ix_repo_goals_repo_id on repo_goals (repo_id)`;
  }
  if (missing.has('tpsc_snapshots')) {
    await sql`
      create table tpsc_snapshots (
        id uuid primary key default gen_random_uuid(),
        repo_id uuid not null references managed_repos (id) on delete cascade,
        snapshot_at timestamptz not null default now()
      )`;
    await sql`create index ix_tpsc_snapshots_repo_id on tpsc_snapshots (repo_id)`;
  }
  for (const table of missing) await sql`comment on table ${sql(table)} is ${sql.unsafe(quote(OURS))}`;
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  for (const table of TABLES.toReversed()) {
    const [row] = await sql`select obj_description(to_regclass(${table}), 'pg_class') as comment`;
    if (row?.comment === OURS) await sql`drop table ${sql(table)}`;
  }
}

/** @param {string} text */
function quote(text) {
  return `'${text.replaceAll("'", "''")}'`;
}
