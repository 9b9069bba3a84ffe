/** The form of a repository in the answers of GitHub, whose form Gitea and Forgejo took over. */
import { z } from 'zod';
import type { ForgeRepository } from '../domain/forge.js';
import { branchName, forgeId, plainPath, plainSegment, topicList } from './check-repository.js';

/**
 * https://docs.github.com/en/rest/repos/repos#list-organization-repositories, and `Repository` in `/swagger.v1.json` of an
 * installation of Gitea.
 */
export const repository: z.ZodType<ForgeRepository> = z
  .object({
    id: forgeId,
    name: plainSegment,
    full_name: plainPath,
    clone_url: z.string(),
    ssh_url: z.string().nullish(),
    default_branch: branchName,
    archived: z.boolean().default(false),
    fork: z.boolean(),
    // GitHub does not say it.
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
