/** Sorts what `npm start` is given into folders, remotes and owners at forges, and registers the last two as mirrors. */
import type { DiscoveryTarget } from '../domain/forge.js';
import { count } from '../domain/text.js';
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
 * @throws {DoiError} `bad_request` for a remote that git cannot fetch from
 */
export function sortPlaces(given: readonly string[]): StartPlaces {
  const owners = given.flatMap((text) => parseDiscoveryTarget(text) ?? []);
  const others = given.filter((text) => parseDiscoveryTarget(text) === undefined);
  const remotes = others.filter(isRemote).map((text) => readGivenRemote(text, 'an argument'));
  return { folders: others.filter((text) => !isRemote(text)), remotes, owners };
}

/** Registers the remotes and the repositories of the owners; the worker that starts next fetches them. */
export async function registerPlaces(
  { sql, host, config }: ProducerDeps,
  { remotes, owners }: StartPlaces,
  { stdout, stderr }: Context,
): Promise<void> {
  const { mirrorsDir, forgeTokens: tokens } = config;
  if (remotes.length > 0) {
    const mirrors = remotes.map(({ remoteUrl, name }) => ({ remoteUrl, name }));
    const { outcomes } = await registerMirrors(sql, { mirrors, host, mirrorsDir });
    stdout.write(`${sayFound(outcomes.length, outcomes.filter(({ isNewMirror }) => isNewMirror).length)}\n`);
  }
  for (const target of owners) {
    const bar = showListing(stderr);
    const found = await discoverOwner({ sql, tokens, host, mirrorsDir }, target, {
      onPage: bar.update,
    }).finally(bar.end);
    const { repositories, ended } = found.listing;
    const where = showText(`${target.kind}:${target.owner}`, 200);
    stdout.write(`${where}: ${sayFound(repositories.length, found.requested.length)}\n`);
    if (ended !== undefined) stdout.write(`The list ended early: ${showText(ended.message, 600)}\n`);
  }
}

function sayFound(all: number, added: number): string {
  return `Found ${count(all, 'remote repository', 'remote repositories')}, ${added} new.`;
}
