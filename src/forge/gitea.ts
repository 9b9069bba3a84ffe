/** Lists repositories at Gitea and at Forgejo, whose API is the same. */
import type { ForgeClient } from './forge-client.js';

/** What an installation allows by default. */
const PAGE = 'limit=50';

/** Finds out what the owner is, and returns the first page of its repositories. */
export async function giteaTarget(client: ForgeClient, owner: string): Promise<string> {
  const path = encodeURIComponent(owner);
  if ((await client.find(`/orgs/${path}`)) !== undefined) return `/orgs/${path}/repos?${PAGE}`;
  await client.get(`/users/${path}`);
  return `/users/${path}/repos?${PAGE}`;
}
