/**
 * Records a goal of a repository, as a State Hub would.
 * Locks: the goal it changes or adds, and the repository against deletion. Index: the one on `repo_goals.repo_id`.
 */
import { randomUUID } from 'node:crypto';
import { DoiError } from '../domain/errors.js';
import type { Sql } from '../platform/sql.js';
import { unknownRepository } from './unknown-repository.js';

export const GOAL_STATUSES = ['active', 'paused', 'completed', 'archived'] as const;
export type GoalStatus = (typeof GOAL_STATUSES)[number];

export interface Goal {
  readonly title: string;
  readonly status: GoalStatus;
}

/**
 * Sets the status of the repository's goal of that title, which is added where it is missing.
 * @throws {DoiError} `unknown_repository`; `bad_request` for an empty title or one over 300 characters.
 */
export async function recordGoal(sql: Sql, slug: string, goal: Goal): Promise<void> {
  const title = goal.title.trim();
  if (title === '' || title.length > 300)
    throw new DoiError('bad_request', 'The title is empty or too long.', 'Give one of 1 to 300 characters.');
  const [row] = await sql<{ repositories: number }[]>`
    with repo as (select id from managed_repos where slug = ${slug}),
    changed as (
      update repo_goals g set status = ${goal.status}, updated_at = clock_timestamp()
      from repo where g.repo_id = repo.id and g.title = ${title}
      returning g.id
    ),
    added as (
      insert into repo_goals (id, repo_id, title, status, priority, created_at, updated_at)
      select ${randomUUID()}::uuid, id, ${title}, ${goal.status}, 0, clock_timestamp(), clock_timestamp()
      from repo where not exists (select from changed)
      returning id
    )
    select count(*)::int as repositories from repo`;
  if (row?.repositories !== 1) throw await unknownRepository(sql, [slug]);
}
