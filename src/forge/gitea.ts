/** Lists repositories at Gitea and at Forgejo, whose API is the same. */
import { z } from 'zod';
import type { ForgeRepository } from '../domain/forge.js';
import { branchName, forgeId, plainPath, plainSegment, topicList } from './check-repository.js';
import type { ForgeClient } from './forge-client.js';

/** `Repository` in `/swagger.v1.json` of an installation. */
export const giteaRepository: z.ZodType<ForgeRepository> = z
  .object({
    id: forgeId,
    name: plainSegment,
    full_name: plainPath,
    clone_url: z.string(),
    ssh_url: z.string().nullish(),
    default_branch: branchName,
    archived: z.boolean().default(false),
    fork: z.boolean(),
    empty: z.boolean().optional(),
    topics: topicList,
  })
  .transform((raw) => ({
    id: raw.id,
    name: raw.name,
    fullName: raw.full_name,
    cloneUrl: raw.clone_url,
    sshUrl: raw.ssh_url || null,
    defaultBranch: raw.default_branch,
    isArchived: raw.archived,
    isFork: raw.fork,
    isEmpty: raw.empty,
    topics: raw.topics,
  }));

/** What an installation allows by default. */
const PAGE = 'limit=50';

/** Finds out what the owner is, and returns the first page of its repositories. */
export async function giteaTarget(client: ForgeClient, owner: string): Promise<string> {
  const path = encodeURIComponent(owner);
  if ((await client.find(`/orgs/${path}`)) !== undefined) return `/orgs/${path}/repos?${PAGE}`;
  await client.get(`/users/${path}`);
  return `/users/${path}/repos?${PAGE}`;
}
