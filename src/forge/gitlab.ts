/** Lists projects at GitLab: of a group with its subgroups, or of a user. */
import { z } from 'zod';
import type { ForgeRepository } from '../domain/forge.js';
import { branchName, forgeId, plainPath, plainSegment, topicList } from './check-repository.js';
import type { ForgeClient } from './forge-client.js';

/** https://docs.gitlab.com/api/groups/#list-projects */
export const gitlabProject: z.ZodType<ForgeRepository> = z
  .object({
    id: forgeId,
    path: plainSegment,
    path_with_namespace: plainPath,
    http_url_to_repo: z.string(),
    ssh_url_to_repo: z.string().nullish(),
    default_branch: branchName,
    archived: z.boolean().default(false),
    marked_for_deletion_on: z.string().nullish(),
    forked_from_project: z.unknown().optional(),
    empty_repo: z.boolean().optional(),
    topics: topicList,
  })
  .transform((raw) => ({
    id: raw.id,
    name: raw.path,
    fullName: raw.path_with_namespace,
    cloneUrl: raw.http_url_to_repo,
    sshUrl: raw.ssh_url_to_repo || null,
    defaultBranch: raw.default_branch,
    isArchived: raw.archived || Boolean(raw.marked_for_deletion_on),
    isFork: Boolean(raw.forked_from_project),
    isEmpty: raw.empty_repo,
    topics: raw.topics,
  }));

// By ids, so that a project that is made meanwhile comes last and moves no other to the next page.
const PAGE = 'order_by=id&sort=asc&per_page=100';

/** Finds out what the owner is, and returns the first page of its projects. */
export async function gitlabTarget(client: ForgeClient, owner: string): Promise<string> {
  const group = `/groups/${encodeURIComponent(owner)}`;
  if ((await client.find(`${group}?with_projects=false`)) !== undefined)
    return `${group}/projects?include_subgroups=true&with_shared=false&${PAGE}`;
  const { body } = await client.get(`/users?username=${encodeURIComponent(owner)}`);
  const users = z.array(z.object({ id: z.number().int().positive() })).safeParse(body);
  if (!users.success) throw client.misanswered(`does not say what ${owner} is`);
  const [user] = users.data;
  if (user === undefined) throw client.ownerGone();
  return `/users/${user.id}/projects?${PAGE}`;
}
