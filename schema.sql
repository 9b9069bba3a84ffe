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
comment on table doi_cache is 'Made by doi-worker.';

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
  machine text
);

create unlogged table doi_incarnation (
  one boolean default true not null,
  id uuid not null
);

create table doi_installation (
  only_row boolean default true not null,
  id uuid default gen_random_uuid() not null
);

create table doi_migration (
  id integer generated always as identity not null,
  name text not null,
  applied_at timestamp with time zone default now() not null
);

create table doi_observation (
  repo_id uuid not null,
  host text not null,
  fingerprint text,
  since timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null
);

create table doi_push (
  repo_id uuid not null,
  branch text not null,
  head text not null,
  pushed_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  update_failed_at timestamp with time zone
);

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

create table doi_worker_metrics (
  worker uuid not null,
  host text not null,
  recorded_at timestamp with time zone not null,
  metrics jsonb not null
);

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
alter table managed_repos add constraint managed_repos_domain_id_fkey FOREIGN KEY (domain_id) REFERENCES domains(id);
alter table repo_goals add constraint repo_goals_repo_id_fkey FOREIGN KEY (repo_id) REFERENCES managed_repos(id) ON DELETE CASCADE;
alter table tpsc_snapshots add constraint tpsc_snapshots_repo_id_fkey FOREIGN KEY (repo_id) REFERENCES managed_repos(id) ON DELETE CASCADE;
CREATE INDEX ix_doi_cache_repo_id ON doi_cache USING btree (repo_id);
CREATE INDEX ix_doi_history_at ON doi_history USING btree (at);
CREATE INDEX ix_doi_history_better ON doi_history USING btree (at) WHERE (direction = ANY (ARRAY['better'::text, 'mixed'::text]));
CREATE INDEX ix_doi_history_worse ON doi_history USING btree (at) WHERE (direction = ANY (ARRAY['worse'::text, 'mixed'::text]));
CREATE INDEX ix_doi_sweep_started_at ON doi_sweep USING btree (started_at);
CREATE INDEX ix_repo_goals_repo_id ON repo_goals USING btree (repo_id);
CREATE INDEX ix_tpsc_snapshots_repo_id ON tpsc_snapshots USING btree (repo_id);
CREATE UNIQUE INDEX ux_doi_sweep_running ON doi_sweep USING btree ((true)) WHERE (finished_at IS NULL);
