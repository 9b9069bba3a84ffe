/** Sorts what `npm start` is given into folders, remotes and owners at forges, and registers the last two as mirrors. */
import { DoiError } from '../domain/errors.js';
import { type DiscoveryTarget, FORGE_NAMES, type ForgeKind } from '../domain/forge.js';
import { count } from '../domain/text.js';
import { cloneAddress, requireOwner } from '../forge/forge-address.js';
import { parseDiscoveryTarget } from '../platform/settings/forge-settings.js';
import { type GivenRemote, isRemote, readGivenRemote } from '../registry/given-remotes.js';
import { registerMirrors } from '../registry/register-mirrors.js';
import { discoverOwner } from '../worker/discover-owner.js';
import type { Context } from './context.js';
import type { ProducerDeps } from './open-services.js';
import { showListing } from './show-listing.js';
import { showText } from './terminal.js';

export interface StartPlaces {
  readonly folders: readonly string[];
  readonly remotes: readonly GivenRemote[];
  readonly owners: readonly DiscoveryTarget[];
}

/**
 * Sorts the arguments: `github:acme` names an owner at a forge, anything else that git takes for a remote is one.
 * @throws {DoiError} `bad_request` for a remote that git cannot fetch from, or that holds credentials, and for what cannot be an
 *   owner
 */
export function sortPlaces(given: readonly string[]): StartPlaces {
  const owners = given.flatMap((text) => parseDiscoveryTarget(text) ?? []);
  for (const { kind, owner, url } of owners) {
    if (kind === 'gitlab' || !owner.includes('/')) requireOwner(kind, owner);
    else throw notAnOwner(kind, owner, url);
  }
  const others = given.filter((text) => parseDiscoveryTarget(text) === undefined);
  const remotes = others.filter(isRemote).map((text) => readGivenRemote(text, 'an argument'));
  if (remotes.some(({ isCut }) => isCut)) throw holdsCredentials();
  return { folders: others.filter((text) => !isRemote(text)), remotes, owners };
}

/** The list of processes shows the arguments of this one to all users, for as long as it runs. */
function holdsCredentials(): DoiError {
  const found =
    'A URL holds a user, a password, a token or a query, which other users of this machine could read.';
  const remedy =
    'Give the URL without it. git uses your credentials: a credential helper (git config --global credential.helper), or an ssh key and an ssh address.';
  return new DoiError('bad_request', found, remedy);
}

function notAnOwner(kind: ForgeKind, owner: string, url: string | undefined): DoiError {
  const found = `${kind}:${owner} names a repository, and not an owner at ${FORGE_NAMES[kind]}.`;
  const [name] = owner.split('/');
  const remedy = `Give ${cloneAddress(kind, owner, url)} for this repository, or ${kind}:${name} for all of that owner.`;
  return new DoiError('bad_request', found, remedy);
}

/**
 * Registers the remotes and the repositories of the owners; the worker that starts next fetches them.
 * @param signal ends the listing of an owner, and a wait for the forge
 */
export async function registerPlaces(
  { sql, host, config }: ProducerDeps,
  { remotes, owners }: StartPlaces,
  { context: { stdout, stderr }, signal }: { readonly context: Context; readonly signal: AbortSignal },
): Promise<void> {
  const { mirrorsDir, forgeTokens: tokens } = config;
  if (remotes.length > 0) {
    const mirrors = remotes.map(({ remoteUrl, name }) => ({ remoteUrl, name }));
    const { outcomes } = await registerMirrors(sql, { mirrors, host, mirrorsDir });
    stdout.write(`${sayFound(outcomes.length, outcomes.filter(({ isNewMirror }) => isNewMirror).length)}\n`);
  }
  for (const target of owners) {
    const bar = showListing(stderr);
    const hooks = { onPage: bar.update, onWait: bar.onWait, signal };
    const found = await discoverOwner({ sql, tokens, host, mirrorsDir }, target, hooks).finally(bar.end);
    const { repositories, ended } = found.listing;
    const where = showText(`${target.kind}:${target.owner}`, 200);
    stdout.write(`${where}: ${sayFound(repositories.length, found.requested.length)}\n`);
    if (ended !== undefined) stdout.write(`The list is not whole: ${showText(ended.message, 600)}\n`);
  }
}

function sayFound(all: number, added: number): string {
  return `Found ${count(all, 'remote repository', 'remote repositories')}, ${added} new.`;
}
