/** Lists repositories at GitHub and at GitHub Enterprise Server. */
import { z } from 'zod';
import { DoiError } from '../domain/errors.js';
import type { ForgeClient } from './forge-client.js';

const account = z.object({ login: z.string(), type: z.string() });
const PAGE = 'per_page=100';

/** Finds out what the owner is, and returns the first page of its repositories. */
export async function githubTarget(client: ForgeClient, owner: string): Promise<string> {
  const path = encodeURIComponent(owner);
  const found = account.safeParse((await client.get(`/users/${path}`)).body);
  if (!found.success) throw client.misanswered(`does not say what ${owner} is`);
  if (found.data.type === 'Organization') return `/orgs/${path}/repos?type=all&sort=full_name&${PAGE}`;
  // Only by this path does GitHub list the private repositories of a user.
  if (await isOwnToken(client, owner)) return `/user/repos?affiliation=owner&sort=full_name&${PAGE}`;
  return `/users/${path}/repos?type=owner&sort=full_name&${PAGE}`;
}

async function isOwnToken(client: ForgeClient, owner: string): Promise<boolean> {
  if (!client.hasToken) return false;
  try {
    const self = z.object({ login: z.string() }).safeParse((await client.get('/user')).body);
    return self.success && self.data.login.toLowerCase() === owner.toLowerCase();
  } catch (error) {
    // The token of an app belongs to no user; a wrong one was refused before.
    if (error instanceof DoiError && error.code === 'remote_denied') return false;
    throw error;
  }
}
