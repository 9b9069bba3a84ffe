-- What the migrations make, for reading: the migrations are what counts.
-- Written by scripts/dump-schema.mjs; a test compares it with a migrated database.

create sequence doi_observation_seq as bigint increment by 1 start with 1;

create sequence doi_request_seq as bigint increment by 1 start with 1;

CREATE OR REPLACE FUNCTION doi_add_reasons(counts jsonb, more jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
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
    $function$;

CREATE OR REPLACE FUNCTION doi_cache_digest(tier text, core_pass boolean, standard_pass boolean, full_pass boolean, criteria text, fingerprint text, checked_at timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
      select encode(sha256(convert_to(json_build_array(
        $1, $2, $3, $4, $5, $6, extract(epoch from $7)::text
      )::text, 'UTF8')), 'hex')
    $function$;

CREATE OR REPLACE FUNCTION doi_direction(tier_was text, tier_now text, statuses_was jsonb, statuses_now jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
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
    $function$;

CREATE OR REPLACE FUNCTION doi_tell()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      if tg_table_name = 'doi_host' then perform pg_notify('doi_fleet', 'host');
      elsif tg_op = 'DELETE' then perform pg_notify('doi_fleet', old.repo_id::text);
      else perform pg_notify('doi_fleet', new.repo_id::text);
      end if;
      return null;
    end $function$;

create table doi_cache (
  id uuid not null,
  repo_id uuid not null,
  tier character varying(20) not null,
  core_pass boolean default false not null,
  standard_pass boolean default false not null,
  full_pass boolean default false not null,
  criteria json,
  fingerprint text not null,
  checked_at timestamp with time zone default now(),
  updated_at timestamp with time zone default now()
);
comment on table doi_cache is 'Made by doi-worker. One row per repository: the verdicts of its last evaluation. Its columns are those of the State Hub''s own migration and no more.';
comment on column doi_cache.id is 'Identifies the row.';
comment on column doi_cache.repo_id is 'The repository.';
comment on column doi_cache.tier is 'The highest tier that the repository reaches: none, core, standard or full.';
comment on column doi_cache.core_pass is 'Whether it reaches core.';
comment on column doi_cache.standard_pass is 'Whether it reaches core and standard.';
comment on column doi_cache.full_pass is 'Whether it reaches all three tiers.';
comment on column doi_cache.criteria is 'The fourteen verdicts, as JSON.';
comment on column doi_cache.fingerprint is 'The versions of all inputs that the verdicts rest on, joined in one text.';
comment on column doi_cache.checked_at is 'When the evaluation was written.';
comment on column doi_cache.updated_at is 'When the evaluation was written.';

create table doi_evaluation (
  repo_id uuid not null,
  observation bigint,
  cache_digest text,
  tier text,
  statuses jsonb,
  inputs jsonb,
  ran text[] default '{}'::text[] not null,
  kept text[] default '{}'::text[] not null,
  changed jsonb default '[]'::jsonb not null,
  trigger text,
  duration_ms double precision,
  host text,
  judged_at jsonb default '{}'::jsonb not null,
  collapsed jsonb default '{}'::jsonb not null,
  updated boolean default false not null,
  durations_ms jsonb default '{}'::jsonb not null,
  build text
);
comment on table doi_evaluation is 'One row per repository, made when its first evaluation starts: what its row of doi_cache rests on.';
comment on column doi_evaluation.repo_id is 'The repository.';
comment on column doi_evaluation.observation is 'The number of the start whose evaluation was written. Null before the first.';
comment on column doi_evaluation.cache_digest is 'A digest of all that doi-worker wrote to doi_cache. Where the row there has another one, another program wrote it.';
comment on column doi_evaluation.tier is 'The tier as written, so that a change can be recognised from this locked row.';
comment on column doi_evaluation.statuses is 'The status of each criterion as written, for the same reason.';
comment on column doi_evaluation.inputs is 'Digests of the values that were judged, and whether the root of the checkout held .git.';
comment on column doi_evaluation.ran is 'The criteria that were judged by this evaluation.';
comment on column doi_evaluation.kept is 'The criteria whose verdicts were kept, because no value that they read had changed.';
comment on column doi_evaluation.changed is 'The inputs whose versions differed from the evaluation before, each as input, was, now.';
comment on column doi_evaluation.trigger is 'The reason of the request.';
comment on column doi_evaluation.duration_ms is 'How long the evaluation took, in milliseconds.';
comment on column doi_evaluation.host is 'The host that evaluated.';
comment on column doi_evaluation.judged_at is 'For each criterion, when it was judged.';
comment on column doi_evaluation.collapsed is 'The other requests that this evaluation also answered: a count for each reason.';
comment on column doi_evaluation.updated is 'Whether the checkout was first brought up to a push.';
comment on column doi_evaluation.durations_ms is 'For each criterion that ran, how many milliseconds it took. One run of the checker counts for C7 and for C13.';
comment on column doi_evaluation.build is 'The build that judged it: when it was built, #, the digest of its rules. Null of a release that did not record it.';

create table doi_failure (
  repo_id uuid not null,
  observation bigint not null,
  code text not null,
  message text not null,
  remedy text not null,
  fingerprint text,
  attempts integer not null,
  since timestamp with time zone not null,
  last_at timestamp with time zone not null,
  retry_at timestamp with time zone
);
comment on table doi_failure is 'At most one row per repository: why its last starts ended without a verdict. The next evaluation that is written deletes it.';
comment on column doi_failure.repo_id is 'The repository.';
comment on column doi_failure.observation is 'The number of the start that failed. Where doi_evaluation has a higher one, the failure is void.';
comment on column doi_failure.code is 'The error code; docs/errors.md explains each.';
comment on column doi_failure.message is 'What was found, and where.';
comment on column doi_failure.remedy is 'What to do.';
comment on column doi_failure.fingerprint is 'What was probed when it failed. Null where the probe itself failed.';
comment on column doi_failure.attempts is 'How many starts failed in a row.';
comment on column doi_failure.since is 'When the first of them failed.';
comment on column doi_failure.last_at is 'When the last of them failed.';
comment on column doi_failure.retry_at is 'Until this time the worker does not retry the same inputs, unless a person requests it.';

create table doi_history (
  repo_id uuid not null,
  observation bigint not null,
  at timestamp with time zone not null,
  tier_was text,
  tier_now text not null,
  statuses_was jsonb,
  statuses_now jsonb not null,
  changed jsonb not null,
  direction text generated always as (doi_direction(tier_was, tier_now, statuses_was, statuses_now)) stored
);
comment on table doi_history is 'One row for each evaluation that changed the tier or a status. Each sweep deletes rows older than DOI_HISTORY_DAYS.';
comment on column doi_history.repo_id is 'The repository.';
comment on column doi_history.observation is 'The number of the start that made the change.';
comment on column doi_history.at is 'When the change was written.';
comment on column doi_history.tier_was is 'The tier before. Null at the first evaluation.';
comment on column doi_history.tier_now is 'The tier after.';
comment on column doi_history.statuses_was is 'The status of each criterion before. Null at the first evaluation.';
comment on column doi_history.statuses_now is 'The status of each criterion after.';
comment on column doi_history.changed is 'The inputs that caused the change, each as input, was, now.';
comment on column doi_history.direction is 'Whether it was for the worse, made by doi_direction from tiers and statuses, so that an index finds the changes of one direction.';

create table doi_host (
  host text not null,
  heartbeat timestamp with time zone not null,
  version text not null,
  capacity integer not null,
  trouble jsonb,
  isolation text,
  build text,
  worker text,
  worker_at timestamp with time zone,
  machine text,
  mirrors text
);
comment on table doi_host is 'One row per host that evaluates.';
comment on column doi_host.host is 'Its name, as DOI_HOST gives it.';
comment on column doi_host.heartbeat is 'The database''s time when its last complete pass began. 1970 where the host has only announced itself.';
comment on column doi_host.version is 'Its release.';
comment on column doi_host.capacity is 'How many evaluations a worker of it runs at once.';
comment on column doi_host.trouble is 'What keeps it from evaluating, or null: code, message, remedy, since; and worker and said_at, by which the workers of one host know whose problem it is and whether that worker lives.';
comment on column doi_host.isolation is 'How strongly it separates the programs that it starts. Null of a release that did not record it.';
comment on column doi_host.build is 'The build of the worker that leads the host, as in doi_evaluation.';
comment on column doi_host.worker is 'The worker that leads the host: an id that it takes when it starts. Null where none does.';
comment on column doi_host.worker_at is 'When the last pass of that worker began.';
comment on column doi_host.machine is 'The system''s host name where that worker runs.';
comment on column doi_host.mirrors is 'The folder in which it keeps mirrors.';

create unlogged table doi_incarnation (
  one boolean default true not null,
  id uuid not null
);
comment on table doi_incarnation is 'One row that names this life of the database; a worker''s pass makes it where it is missing. Unlogged, since PostgreSQL empties such a table after a crash, on a promoted replica and in a restored base backup.';
comment on column doi_incarnation.one is 'Always true: there is one row.';
comment on column doi_incarnation.id is 'A random id of this life.';

create table doi_installation (
  only_row boolean default true not null,
  id uuid default gen_random_uuid() not null
);
comment on table doi_installation is 'One row, made once: the identity of this database.';
comment on column doi_installation.only_row is 'Always true: there is one row.';
comment on column doi_installation.id is 'The identity. The keys of this database''s queues in Redis begin with it.';

create table doi_migration (
  id integer generated always as identity not null,
  name text not null,
  applied_at timestamp with time zone default now() not null
);
comment on table doi_migration is 'One row per migration that was applied.';
comment on column doi_migration.id is 'The order in which it was applied.';
comment on column doi_migration.name is 'Its file in migrations/.';
comment on column doi_migration.applied_at is 'When it was applied.';

create table doi_observation (
  repo_id uuid not null,
  host text not null,
  fingerprint text,
  since timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  head text,
  head_at timestamp with time zone
);
comment on table doi_observation is 'One row per repository: what its home host last observed, and thereby the claim of that host.';
comment on column doi_observation.repo_id is 'The repository.';
comment on column doi_observation.host is 'The host that has claimed the repository.';
comment on column doi_observation.fingerprint is 'What the host probed. Null where it could not read the checkout.';
comment on column doi_observation.since is 'When this fingerprint was first recorded.';
comment on column doi_observation.seen_at is 'The database''s time just before the probe.';
comment on column doi_observation.recorded_at is 'The database''s time when the row was written. A heartbeat covers observations recorded at or before it.';
comment on column doi_observation.head is 'The commit whose inputs the host probed. Null for a working folder.';
comment on column doi_observation.head_at is 'The time of that commit.';

create table doi_push (
  repo_id uuid not null,
  branch text not null,
  head text not null,
  pushed_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  update_failed_at timestamp with time zone
);
comment on table doi_push is 'At most one row per repository: the last push to its remote. It outlives the request that it caused, since the checkout may be pulled days later.';
comment on column doi_push.repo_id is 'The repository.';
comment on column doi_push.branch is 'The branch that was pushed.';
comment on column doi_push.head is 'The commit that was pushed.';
comment on column doi_push.pushed_at is 'When the webhook reported it, by the database''s clock.';
comment on column doi_push.updated_at is 'When the worker brought the checkout up to it. Null where it did not.';
comment on column doi_push.update_failed_at is 'When that last failed. Null where it did not fail.';

create table doi_request (
  repo_id uuid not null,
  seq bigint not null,
  forced boolean not null,
  priority smallint not null,
  reason text not null,
  wanted text,
  requested_at timestamp with time zone not null,
  started_at timestamp with time zone,
  starts integer default 0 not null,
  not_before timestamp with time zone,
  collapsed jsonb default '{}'::jsonb not null
);
comment on table doi_request is 'At most one row per repository: the request for an evaluation that is not complete.';
comment on column doi_request.repo_id is 'The repository.';
comment on column doi_request.seq is 'Names this request. Completing an older one does not delete it.';
comment on column doi_request.forced is 'Whether every criterion is judged, also where its inputs have not changed.';
comment on column doi_request.priority is '1 of a person, 2 of a push, 5 of the watch, 10 of the nightly sweep: the most urgent since the last start.';
comment on column doi_request.reason is 'The reason of the most urgent trigger; of equally urgent ones, of the latest.';
comment on column doi_request.wanted is 'The fingerprint that was probed for the request, or after a failure the one that failed; a trigger that probed the same one adds nothing. Null while a person or a push waits, since neither probes.';
comment on column doi_request.requested_at is 'When it was requested. Stays while more triggers collapse into a request that has not started.';
comment on column doi_request.started_at is 'When a worker last started it.';
comment on column doi_request.starts is 'How often it was started without an end.';
comment on column doi_request.not_before is 'No worker starts it before this time: after a failure, or while the checker is broken for every repository.';
comment on column doi_request.collapsed is 'The other requests that it stands for: a count for each reason. After ten reasons the rest count as "other reasons".';

create table doi_server (
  host text not null,
  server text not null,
  problem json not null,
  since timestamp with time zone not null,
  said_at timestamp with time zone not null,
  attempts integer not null,
  retry_at timestamp with time zone not null
);
comment on table doi_server is 'One row per host and server of git repositories that refuses this host, limits it, or cannot be reached.';
comment on column doi_server.host is 'The host that contacts it.';
comment on column doi_server.server is 'Its name, with a port that is not the usual one.';
comment on column doi_server.problem is 'What it answers: code, message, remedy.';
comment on column doi_server.since is 'When that began.';
comment on column doi_server.said_at is 'When it last answered so.';
comment on column doi_server.attempts is 'How often in a row.';
comment on column doi_server.retry_at is 'The host contacts it not before this time.';

create table doi_source (
  repo_id uuid not null,
  branch text,
  mirror_host text,
  server text,
  forge text,
  forge_id text,
  due_at timestamp with time zone,
  contacted_at timestamp with time zone,
  contacted_before timestamp with time zone,
  contact_url text,
  contact_head text,
  failed_since timestamp with time zone,
  failed_at timestamp with time zone,
  attempts integer default 0 not null,
  failure json,
  first_bytes bigint,
  bytes bigint
);
comment on table doi_source is 'At most one row per repository: how its content gets to its host. A working folder, and a bare repository that is judged at its HEAD, have none.';
comment on column doi_source.repo_id is 'The repository.';
comment on column doi_source.branch is 'The branch that is judged, where a person named one. Null for the default branch.';
comment on column doi_source.mirror_host is 'The host that keeps a mirror of the remote. Null where none does.';
comment on column doi_source.server is 'The server of the remote, as doi_server names it.';
comment on column doi_source.forge is 'The forge that listed the repository: its kind, #, the URL of its API. Null where a person registered it.';
comment on column doi_source.forge_id is 'The forge''s own id of the repository, which stays when it is renamed.';
comment on column doi_source.due_at is 'When the remote is to be contacted next.';
comment on column doi_source.contacted_at is 'The database''s time when the last successful contact with the remote began. Null before the first.';
comment on column doi_source.contacted_before is 'When the contact before that began, if it found the same commit at the same address; else null.';
comment on column doi_source.contact_url is 'The address that was contacted then. Where the registry names another one now, that contact counts no more.';
comment on column doi_source.contact_head is 'The commit at which the remote''s branch was then.';
comment on column doi_source.failed_since is 'When contacts began to fail. Null where the last one did not.';
comment on column doi_source.failed_at is 'When the last failed contact ended.';
comment on column doi_source.attempts is 'How many contacts in a row have failed.';
comment on column doi_source.failure is 'Why the last contact failed, or null: code, message, remedy.';
comment on column doi_source.first_bytes is 'The size of the mirror when it was made.';
comment on column doi_source.bytes is 'The size of the mirror after the last fetch.';

create table doi_sweep (
  id uuid not null,
  trigger text not null,
  host text not null,
  started_at timestamp with time zone not null,
  alive_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  total integer not null,
  done integer not null,
  counts jsonb default '{}'::jsonb not null
);
comment on table doi_sweep is 'One row per sweep, with its report. A unique index lets only one be under way. Each sweep deletes rows older than DOI_HISTORY_DAYS.';
comment on column doi_sweep.id is 'Identifies the sweep.';
comment on column doi_sweep.trigger is 'nightly, command line, or start.';
comment on column doi_sweep.host is 'The host whose process sweeps.';
comment on column doi_sweep.started_at is 'When it began.';
comment on column doi_sweep.alive_at is 'When its process last reported. After 60 s of silence the next sweep ends this one for good.';
comment on column doi_sweep.finished_at is 'When it ended. Null while it is under way.';
comment on column doi_sweep.total is 'The active repositories.';
comment on column doi_sweep.done is 'Those of them that are fresh, evaluated, broken or gone.';
comment on column doi_sweep.counts is 'Counts by kind, as docs/api.md explains; "lost" besides where it was cut short.';

create table doi_worker_metrics (
  worker uuid not null,
  host text not null,
  recorded_at timestamp with time zone not null,
  metrics jsonb not null
);
comment on table doi_worker_metrics is 'One row per worker: what it counts of itself, for GET /metrics. Written every DOI_WATCH_SECONDS and at a clean stop. Other workers delete one that is an hour old.';
comment on column doi_worker_metrics.worker is 'An id that the worker takes when it starts.';
comment on column doi_worker_metrics.host is 'The host that it runs on.';
comment on column doi_worker_metrics.recorded_at is 'When the row was written.';
comment on column doi_worker_metrics.metrics is 'Names, labels and values.';

create table domains (
  id uuid default gen_random_uuid() not null,
  slug character varying(50) not null,
  name character varying(200) not null,
  description text,
  status character varying(20) default 'active'::character varying not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
comment on table domains is 'Made by doi-worker, which stands alone here; beside a Custodian State Hub this table is the hub''s.';

create table managed_repos (
  id uuid default gen_random_uuid() not null,
  domain_id uuid,
  slug character varying(100) not null,
  name character varying(200) not null,
  description text,
  local_path text,
  remote_url text,
  host_paths json,
  status character varying(20) default 'active'::character varying not null,
  last_sbom_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
comment on table managed_repos is 'Made by doi-worker, which stands alone here; beside a Custodian State Hub this table is the hub''s.';

create table repo_goals (
  id uuid default gen_random_uuid() not null,
  repo_id uuid not null,
  title character varying(300) not null,
  status character varying(20) default 'active'::character varying not null,
  priority integer default 0 not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);
comment on table repo_goals is 'Made by doi-worker, which stands alone here; beside a Custodian State Hub this table is the hub''s.';

create table tpsc_snapshots (
  id uuid default gen_random_uuid() not null,
  repo_id uuid not null,
  snapshot_at timestamp with time zone default now() not null
);
comment on table tpsc_snapshots is 'Made by doi-worker, which stands alone here; beside a Custodian State Hub this table is the hub''s.';

alter table doi_cache add constraint doi_cache_pkey PRIMARY KEY (id);
alter table doi_cache add constraint doi_cache_repo_id_key UNIQUE (repo_id);
alter table doi_evaluation add constraint doi_evaluation_pkey PRIMARY KEY (repo_id);
alter table doi_failure add constraint doi_failure_pkey PRIMARY KEY (repo_id);
alter table doi_history add constraint doi_history_pkey PRIMARY KEY (repo_id, observation);
alter table doi_host add constraint doi_host_pkey PRIMARY KEY (host);
alter table doi_incarnation add constraint doi_incarnation_one_check CHECK (one);
alter table doi_incarnation add constraint doi_incarnation_pkey PRIMARY KEY (one);
alter table doi_installation add constraint doi_installation_only_row_check CHECK (only_row);
alter table doi_installation add constraint doi_installation_pkey PRIMARY KEY (only_row);
alter table doi_migration add constraint doi_migration_name_key UNIQUE (name);
alter table doi_migration add constraint doi_migration_pkey PRIMARY KEY (id);
alter table doi_observation add constraint doi_observation_pkey PRIMARY KEY (repo_id);
alter table doi_push add constraint doi_push_pkey PRIMARY KEY (repo_id);
alter table doi_request add constraint doi_request_pkey PRIMARY KEY (repo_id);
alter table doi_server add constraint doi_server_pkey PRIMARY KEY (host, server);
alter table doi_source add constraint doi_source_pkey PRIMARY KEY (repo_id);
alter table doi_sweep add constraint doi_sweep_pkey PRIMARY KEY (id);
alter table doi_worker_metrics add constraint doi_worker_metrics_pkey PRIMARY KEY (worker);
alter table domains add constraint domains_pkey PRIMARY KEY (id);
alter table domains add constraint domains_slug_key UNIQUE (slug);
alter table managed_repos add constraint managed_repos_pkey PRIMARY KEY (id);
alter table managed_repos add constraint managed_repos_slug_key UNIQUE (slug);
alter table repo_goals add constraint repo_goals_pkey PRIMARY KEY (id);
alter table tpsc_snapshots add constraint tpsc_snapshots_pkey PRIMARY KEY (id);
alter table doi_cache add constraint doi_cache_repo_id_fkey FOREIGN KEY (repo_id) REFERENCES managed_repos(id) ON DELETE CASCADE;
alter table doi_evaluation add constraint doi_evaluation_repo_id_fkey FOREIGN KEY (repo_id) REFERENCES managed_repos(id) ON DELETE CASCADE;
alter table doi_failure add constraint doi_failure_repo_id_fkey FOREIGN KEY (repo_id) REFERENCES managed_repos(id) ON DELETE CASCADE;
alter table doi_history add constraint doi_history_repo_id_fkey FOREIGN KEY (repo_id) REFERENCES managed_repos(id) ON DELETE CASCADE;
alter table doi_observation add constraint doi_observation_repo_id_fkey FOREIGN KEY (repo_id) REFERENCES managed_repos(id) ON DELETE CASCADE;
alter table doi_push add constraint doi_push_repo_id_fkey FOREIGN KEY (repo_id) REFERENCES managed_repos(id) ON DELETE CASCADE;
alter table doi_request add constraint doi_request_repo_id_fkey FOREIGN KEY (repo_id) REFERENCES managed_repos(id) ON DELETE CASCADE;
alter table doi_source add constraint doi_source_repo_id_fkey FOREIGN KEY (repo_id) REFERENCES managed_repos(id) ON DELETE CASCADE;
alter table managed_repos add constraint managed_repos_domain_id_fkey FOREIGN KEY (domain_id) REFERENCES domains(id);
alter table repo_goals add constraint repo_goals_repo_id_fkey FOREIGN KEY (repo_id) REFERENCES managed_repos(id) ON DELETE CASCADE;
alter table tpsc_snapshots add constraint tpsc_snapshots_repo_id_fkey FOREIGN KEY (repo_id) REFERENCES managed_repos(id) ON DELETE CASCADE;
CREATE INDEX doi_source_due ON doi_source USING btree (mirror_host, due_at);
CREATE UNIQUE INDEX doi_source_forge ON doi_source USING btree (forge, forge_id);
CREATE INDEX ix_doi_cache_repo_id ON doi_cache USING btree (repo_id);
CREATE INDEX ix_doi_history_at ON doi_history USING btree (at);
CREATE INDEX ix_doi_history_better ON doi_history USING btree (at) WHERE (direction = ANY (ARRAY['better'::text, 'mixed'::text]));
CREATE INDEX ix_doi_history_worse ON doi_history USING btree (at) WHERE (direction = ANY (ARRAY['worse'::text, 'mixed'::text]));
CREATE INDEX ix_doi_sweep_started_at ON doi_sweep USING btree (started_at);
CREATE INDEX ix_repo_goals_repo_id ON repo_goals USING btree (repo_id);
CREATE INDEX ix_tpsc_snapshots_repo_id ON tpsc_snapshots USING btree (repo_id);
CREATE UNIQUE INDEX ux_doi_sweep_running ON doi_sweep USING btree ((true)) WHERE (finished_at IS NULL);
