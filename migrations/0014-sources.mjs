// Repositories without a working folder: which branch of a bare repository is judged, which host keeps a mirror of which
// remote, when that remote was last contacted and at which commit its branch was then.

/** By table: what a row is, then what each column holds. */
const COMMENTS = {
  doi_source: {
    '': 'At most one row per repository: how its content gets to its host. A working folder, and a bare repository that is judged at its HEAD, have none.',
    repo_id: 'The repository.',
    branch: 'The branch that is judged, where a person named one. Null for the default branch.',
    mirror_host: 'The host that keeps a mirror of the remote. Null where none does.',
    server: 'The server of the remote, as doi_server names it.',
    forge:
      'The forge that listed the repository: its kind, #, the URL of its API. Null where a person registered it.',
    forge_id: "The forge's own id of the repository, which stays when it is renamed.",
    due_at: 'When the remote is to be contacted next.',
    contacted_at:
      "The database's time when the last successful contact with the remote began. Null before the first.",
    contact_url:
      'The address that was contacted then. Where the registry names another one now, that contact counts no more.',
    contacted_before:
      'When the contact before that began, if it found the same commit at the same address; else null.',
    contact_head: "The commit at which the remote's branch was then.",
    failed_since: 'When contacts began to fail. Null where the last one did not.',
    failed_at: 'When the last failed contact ended.',
    attempts: 'How many contacts in a row have failed.',
    failure: 'Why the last contact failed, or null: code, message, remedy.',
    first_bytes: 'The size of the mirror when it was made.',
    bytes: 'The size of the mirror after the last fetch.',
  },
  doi_server: {
    '': 'One row per host and server of git repositories that refuses this host, limits it, or cannot be reached.',
    host: 'The host that contacts it.',
    server: 'Its name, with a port that is not the usual one.',
    problem: 'What it answers: code, message, remedy.',
    since: 'When that began.',
    said_at: 'When it last answered so.',
    attempts: 'How often in a row.',
    retry_at: 'The host contacts it not before this time.',
  },
  doi_observation: {
    head: 'The commit whose inputs the host probed. Null for a working folder.',
    head_at: 'The time of that commit.',
  },
  doi_host: {
    mirrors: 'The folder in which it keeps mirrors.',
  },
};

/** @param {import('postgres').TransactionSql} sql */
export async function up(sql) {
  await sql`
    create table doi_source (
      repo_id uuid primary key references managed_repos (id) on delete cascade,
      branch text,
      mirror_host text,
      server text,
      forge text,
      forge_id text,
      due_at timestamptz,
      contacted_at timestamptz,
      contacted_before timestamptz,
      contact_url text,
      contact_head text,
      failed_since timestamptz,
      failed_at timestamptz,
      attempts int not null default 0,
      failure json,
      first_bytes bigint,
      bytes bigint
    )`;
  await sql`create unique index doi_source_forge on doi_source (forge, forge_id)`;
  await sql`create index doi_source_due on doi_source (mirror_host, due_at)`;
  await sql`
    create table doi_server (
      host text not null,
      server text not null,
      problem json not null,
      since timestamptz not null,
      said_at timestamptz not null,
      attempts int not null,
      retry_at timestamptz not null,
      primary key (host, server)
    )`;
  await sql`alter table doi_observation add column head text, add column head_at timestamptz`;
  await sql`alter table doi_host add column mirrors text`;
  // When a remote is due again concerns no reader.
  await sql`
    create trigger doi_tell
    after insert or delete or update of branch, mirror_host, contacted_at, contact_head, failed_since on doi_source
    for each row execute function doi_tell()`;
  for (const [table, columns] of Object.entries(COMMENTS)) {
    const statements = Object.entries(columns).map(([column, text]) => {
      const object = column === '' ? `table ${table}` : `column ${table}.${column}`;
      return `comment on ${object} is '${text.replaceAll("'", "''")}';`;
    });
    await sql.unsafe(statements.join('\n'));
  }
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  await sql`alter table doi_host drop column mirrors`;
  await sql`alter table doi_observation drop column head, drop column head_at`;
  await sql`drop table doi_server`;
  await sql`drop table doi_source`;
}
