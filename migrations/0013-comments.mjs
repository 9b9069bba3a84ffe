// Says in the database itself what each table and column of doi-worker means, for people who read it and for schema.sql.

const DOI_CACHE =
  "Made by doi-worker. One row per repository: the verdicts of its last evaluation. Its columns are those of the State Hub's own migration and no more.";

/** By table: what a row is, then what each column holds. */
const COMMENTS = {
  doi_cache: {
    '': DOI_CACHE,
    id: 'Identifies the row.',
    repo_id: 'The repository.',
    tier: 'The highest tier that the repository reaches: none, core, standard or full.',
    core_pass: 'Whether it reaches core.',
    standard_pass: 'Whether it reaches core and standard.',
    full_pass: 'Whether it reaches all three tiers.',
    criteria: 'The fourteen verdicts, as JSON.',
    fingerprint: 'The versions of all inputs that the verdicts rest on, joined in one text.',
    checked_at: 'When the evaluation was written.',
    updated_at: 'When the evaluation was written.',
  },
  doi_evaluation: {
    '': 'One row per repository, made when its first evaluation starts: what its row of doi_cache rests on.',
    repo_id: 'The repository.',
    observation: 'The number of the start whose evaluation was written. Null before the first.',
    cache_digest:
      'A digest of all that doi-worker wrote to doi_cache. Where the row there has another one, another program wrote it.',
    tier: 'The tier as written, so that a change can be recognised from this locked row.',
    statuses: 'The status of each criterion as written, for the same reason.',
    inputs: 'Digests of the values that were judged, and whether the root of the checkout held .git.',
    ran: 'The criteria that were judged by this evaluation.',
    kept: 'The criteria whose verdicts were kept, because no value that they read had changed.',
    changed: 'The inputs whose versions differed from the evaluation before, each as input, was, now.',
    trigger: 'The reason of the request.',
    duration_ms: 'How long the evaluation took, in milliseconds.',
    host: 'The host that evaluated.',
    judged_at: 'For each criterion, when it was judged.',
    collapsed: 'The other requests that this evaluation also answered: a count for each reason.',
    updated: 'Whether the checkout was first brought up to a push.',
    durations_ms:
      'For each criterion that ran, how many milliseconds it took. One run of the checker counts for C7 and for C13.',
    build:
      'The build that judged it: when it was built, #, the digest of its rules. Null of a release that did not record it.',
  },
  doi_request: {
    '': 'At most one row per repository: the request for an evaluation that is not complete.',
    repo_id: 'The repository.',
    seq: 'Names this request. Completing an older one does not delete it.',
    forced: 'Whether every criterion is judged, also where its inputs have not changed.',
    priority:
      '1 of a person, 2 of a push, 5 of the watch, 10 of the nightly sweep: the most urgent since the last start.',
    reason: 'The reason of the most urgent trigger; of equally urgent ones, of the latest.',
    wanted:
      'The fingerprint that was probed for the request, or after a failure the one that failed; a trigger that probed the same one adds nothing. Null while a person or a push waits, since neither probes.',
    requested_at:
      'When it was requested. Stays while more triggers collapse into a request that has not started.',
    started_at: 'When a worker last started it.',
    starts: 'How often it was started without an end.',
    not_before:
      'No worker starts it before this time: after a failure, or while the checker is broken for every repository.',
    collapsed:
      'The other requests that it stands for: a count for each reason. After ten reasons the rest count as "other reasons".',
  },
  doi_failure: {
    '': 'At most one row per repository: why its last starts ended without a verdict. The next evaluation that is written deletes it.',
    repo_id: 'The repository.',
    observation:
      'The number of the start that failed. Where doi_evaluation has a higher one, the failure is void.',
    code: 'The error code; docs/errors.md explains each.',
    message: 'What was found, and where.',
    remedy: 'What to do.',
    fingerprint: 'What was probed when it failed. Null where the probe itself failed.',
    attempts: 'How many starts failed in a row.',
    since: 'When the first of them failed.',
    last_at: 'When the last of them failed.',
    retry_at: 'Until this time the worker does not retry the same inputs, unless a person requests it.',
  },
  doi_push: {
    '': 'At most one row per repository: the last push to its remote. It outlives the request that it caused, since the checkout may be pulled days later.',
    repo_id: 'The repository.',
    branch: 'The branch that was pushed.',
    head: 'The commit that was pushed.',
    pushed_at: "When the webhook reported it, by the database's clock.",
    updated_at: 'When the worker brought the checkout up to it. Null where it did not.',
    update_failed_at: 'When that last failed. Null where it did not fail.',
  },
  doi_history: {
    '': 'One row for each evaluation that changed the tier or a status. Each sweep deletes rows older than DOI_HISTORY_DAYS.',
    repo_id: 'The repository.',
    observation: 'The number of the start that made the change.',
    at: 'When the change was written.',
    tier_was: 'The tier before. Null at the first evaluation.',
    tier_now: 'The tier after.',
    statuses_was: 'The status of each criterion before. Null at the first evaluation.',
    statuses_now: 'The status of each criterion after.',
    changed: 'The inputs that caused the change, each as input, was, now.',
    direction:
      'Whether it was for the worse, made by doi_direction from tiers and statuses, so that an index finds the changes of one direction.',
  },
  doi_observation: {
    '': 'One row per repository: what its home host last observed, and thereby the claim of that host.',
    repo_id: 'The repository.',
    host: 'The host that has claimed the repository.',
    fingerprint: 'What the host probed. Null where it could not read the checkout.',
    since: 'When this fingerprint was first recorded.',
    seen_at: "The database's time just before the probe.",
    recorded_at:
      "The database's time when the row was written. A heartbeat covers observations recorded at or before it.",
  },
  doi_host: {
    '': 'One row per host that evaluates.',
    host: 'Its name, as DOI_HOST gives it.',
    heartbeat:
      "The database's time when its last complete pass began. 1970 where the host has only announced itself.",
    version: 'Its release.',
    capacity: 'How many evaluations a worker of it runs at once.',
    trouble:
      'What keeps it from evaluating, or null: code, message, remedy, since; and worker and said_at, by which the workers of one host know whose problem it is and whether that worker lives.',
    isolation:
      'How strongly it separates the programs that it starts. Null of a release that did not record it.',
    build: 'The build of the worker that leads the host, as in doi_evaluation.',
    worker: 'The worker that leads the host: an id that it takes when it starts. Null where none does.',
    worker_at: 'When the last pass of that worker began.',
    machine: "The system's host name where that worker runs.",
  },
  doi_sweep: {
    '': 'One row per sweep, with its report. A unique index lets only one be under way. Each sweep deletes rows older than DOI_HISTORY_DAYS.',
    id: 'Identifies the sweep.',
    trigger: 'nightly, command line, or start.',
    host: 'The host whose process sweeps.',
    started_at: 'When it began.',
    alive_at: 'When its process last reported. After 60 s of silence the next sweep ends this one for good.',
    finished_at: 'When it ended. Null while it is under way.',
    total: 'The active repositories.',
    done: 'Those of them that are fresh, evaluated, broken or gone.',
    counts: 'Counts by kind, as docs/api.md explains; "lost" besides where it was cut short.',
  },
  doi_incarnation: {
    '': "One row that names this life of the database; a worker's pass makes it where it is missing. Unlogged, since PostgreSQL empties such a table after a crash, on a promoted replica and in a restored base backup.",
    one: 'Always true: there is one row.',
    id: 'A random id of this life.',
  },
  doi_worker_metrics: {
    '': 'One row per worker: what it counts of itself, for GET /metrics. Written every DOI_WATCH_SECONDS and at a clean stop. Other workers delete one that is an hour old.',
    worker: 'An id that the worker takes when it starts.',
    host: 'The host that it runs on.',
    recorded_at: 'When the row was written.',
    metrics: 'Names, labels and values.',
  },
  doi_installation: {
    '': 'One row, made once: the identity of this database.',
    only_row: 'Always true: there is one row.',
    id: "The identity. The keys of this database's queues in Redis begin with it.",
  },
  doi_migration: {
    '': 'One row per migration that was applied.',
    id: 'The order in which it was applied.',
    name: 'Its file in migrations/.',
    applied_at: 'When it was applied.',
  },
};

/** @param {import('postgres').TransactionSql} sql */
export async function up(sql) {
  await setComments(sql, (text) => `'${text.replaceAll("'", "''")}'`);
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  // Migration 0002 drops doi_cache only with the comment that it gave it.
  await setComments(sql, (text) => (text === DOI_CACHE ? "'Made by doi-worker.'" : 'null'));
}

/**
 * Only an owner may comment, and only our own tables get comments: a doi_cache that a hub made keeps what it has. A table
 * of another owner, as after a restore by another user, is left out: no program reads a comment.
 * @param {import('postgres').TransactionSql} sql
 * @param {(text: string) => string} write makes SQL of a comment
 */
async function setComments(sql, write) {
  const ours = await sql`
    select t.name from unnest(${Object.keys(COMMENTS)}::text[]) as t (name) join pg_class c on c.oid = to_regclass(t.name)
    where pg_has_role(c.relowner, 'usage')
      and (t.name <> 'doi_cache' or obj_description(c.oid, 'pg_class') like 'Made by doi-worker.%')`;
  for (const { name } of ours) {
    const statements = Object.entries(COMMENTS[name]).map(([column, text]) => {
      const object = column === '' ? `table ${name}` : `column ${name}.${column}`;
      return `comment on ${object} is ${write(text)};`;
    });
    await sql.unsafe(statements.join('\n'));
  }
}
