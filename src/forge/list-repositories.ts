/** Lists all repositories of an owner at a forge, the private ones included as far as the token may read them. */
import pLimit from 'p-limit';
import type { z } from 'zod';
import { DoiError } from '../domain/errors.js';
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

/** A repository that the forge listed before. */
export interface KnownRepository {
  /** The forge's id. */
  readonly id: string;
  /** Owner and name, with a slash between. */
  readonly fullName: string;
}

export interface OwnerListing extends ForgeListing {
  readonly address: ForgeAddress;
  /**
   * Asks the forge for each of these repositories: a list may lack one that is there.
   * @returns those of which it says that they are gone; none further after the first time that it does not answer
   * @throws the reason of the signal where it aborts
   */
  readonly findGone: <T extends KnownRepository>(repositories: readonly T[]) => Promise<T[]>;
}

interface Kind {
  readonly schema: z.ZodType<ForgeRepository>;
  readonly findTarget: (client: ForgeClient, owner: string) => Promise<string>;
  /** The path of one repository. */
  readonly repositoryTarget: (repository: KnownRepository) => string;
  /** The setting with its token. */
  readonly variable: string;
}

/** One that was renamed is answered by a redirect, or another has its name: both say that it may be there. */
const byName = ({ fullName }: KnownRepository) =>
  `/repos/${fullName.split('/').map(encodeURIComponent).join('/')}`;
const GITEA = { schema: repository, findTarget: giteaTarget, repositoryTarget: byName };
const KINDS: Readonly<Record<ForgeKind, Kind>> = {
  github: {
    ...{ schema: repository, findTarget: githubTarget, repositoryTarget: byName },
    variable: 'GITHUB_TOKEN',
  },
  gitlab: {
    ...{ schema: gitlabProject, findTarget: gitlabTarget, repositoryTarget: ({ id }) => `/projects/${id}` },
    variable: 'GITLAB_TOKEN',
  },
  gitea: { ...GITEA, variable: 'GITEA_TOKEN' },
  forgejo: { ...GITEA, variable: 'FORGEJO_TOKEN' },
};
const MOST_ASKED_AT_ONCE = 4;

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
  const { schema, findTarget, repositoryTarget, variable } = KINDS[kind];
  const address = forgeAddress(kind, url);
  const client = new ForgeClient({
    ...{ address, owner: requireOwner(kind, owner), token: tokens[kind], variable, clock, onWait, timeoutMs },
    signal: hooks.signal ?? new AbortController().signal,
  });
  const target = await findTarget(client, owner);
  const listing = await listPages(client, { target, schema, onPage, wantsSsh: ssh });
  const isGone = (one: KnownRepository) => client.isGone(repositoryTarget(one));
  return { address, ...listing, findGone: (repositories) => findGone(repositories, isGone) };
}

async function findGone<T extends KnownRepository>(
  repositories: readonly T[],
  isGone: (repository: T) => Promise<boolean>,
): Promise<T[]> {
  const limit = pLimit(MOST_ASKED_AT_ONCE);
  let answers = true;
  const ask = async (one: T): Promise<boolean> => {
    try {
      return answers && (await isGone(one));
    } catch (error) {
      if (!(error instanceof DoiError)) throw error;
      answers = false;
      return false;
    }
  };
  const gone = await Promise.all(repositories.map((one) => limit(() => ask(one))));
  return repositories.filter((_, at) => gone[at]);
}
