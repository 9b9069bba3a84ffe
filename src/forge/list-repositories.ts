/** Lists all repositories of an owner at a forge, the private ones included as far as the token may read them. */
import type { z } from 'zod';
import type { ForgeKind, ForgeRepository } from '../domain/forge.js';
import { type Clock, systemClock } from '../platform/clock.js';
import type { ForgeTokens } from '../platform/settings/forge-settings.js';
import { type ForgeAddress, forgeAddress, requireOwner } from './forge-address.js';
import { ForgeClient } from './forge-client.js';
import { giteaTarget } from './gitea.js';
import { githubTarget } from './github.js';
import { gitlabProject, gitlabTarget } from './gitlab.js';
import { type ForgeListing, listPages, type PageProgress } from './list-pages.js';
import { repository } from './repository-schema.js';

export interface ListingOptions {
  readonly kind: ForgeKind;
  /** A user, an organisation, or a group with its parent groups. */
  readonly owner: string;
  /** The address of an installation of one's own; undefined for the forge that everyone knows. */
  readonly url?: string | undefined;
  readonly tokens: ForgeTokens;
  /** Whether the addresses over ssh are to be used. */
  readonly ssh?: boolean | undefined;
}

export interface ListingHooks {
  /** Called after each page. */
  readonly onPage?: (progress: PageProgress) => void;
  /** Called before a wait that the forge demands, in milliseconds. */
  readonly onWait?: (ms: number) => void;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** How long one answer may take, in milliseconds. */
  readonly timeoutMs?: number;
}

export interface OwnerListing extends ForgeListing {
  readonly address: ForgeAddress;
}

interface Kind {
  readonly schema: z.ZodType<ForgeRepository>;
  readonly findTarget: (client: ForgeClient, owner: string) => Promise<string>;
  /** The setting with its token. */
  readonly variable: string;
}

const KINDS: Readonly<Record<ForgeKind, Kind>> = {
  github: { schema: repository, findTarget: githubTarget, variable: 'GITHUB_TOKEN' },
  gitlab: { schema: gitlabProject, findTarget: gitlabTarget, variable: 'GITLAB_TOKEN' },
  gitea: { schema: repository, findTarget: giteaTarget, variable: 'GITEA_TOKEN' },
  forgejo: { schema: repository, findTarget: giteaTarget, variable: 'FORGEJO_TOKEN' },
};

/**
 * Lists the repositories of one owner.
 * @returns what was listed; with `ended` where the list may not be whole
 * @throws {DoiError} `bad_request`, `remote_denied`, `remote_gone`, `remote_moved`, `remote_limited`, `remote_unreachable`,
 *   `remote_too_large`, `remote_failed`; the reason of the signal where it aborts
 */
export async function listRepositories(
  { kind, owner, url, tokens, ssh = false }: ListingOptions,
  hooks: ListingHooks = {},
): Promise<OwnerListing> {
  const { onPage = () => {}, onWait = () => {}, clock = systemClock, timeoutMs } = hooks;
  const { schema, findTarget, variable } = KINDS[kind];
  const address = forgeAddress(kind, url);
  const client = new ForgeClient({
    ...{ address, owner: requireOwner(kind, owner), token: tokens[kind], variable, clock, onWait, timeoutMs },
    signal: hooks.signal ?? new AbortController().signal,
  });
  const target = await findTarget(client, owner);
  return { address, ...(await listPages(client, { target, schema, onPage, wantsSsh: ssh })) };
}
