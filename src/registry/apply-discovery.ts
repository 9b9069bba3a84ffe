/** Brings the registry in line with what a forge lists of an owner: plans and writes in one transaction. */
import { serverOf } from '../domain/remote-server.js';
import type { Sql, Statements } from '../platform/postgres/sql.js';
import { retargetMirrors } from '../store/mirrors/change-sources.js';
import { writeSources } from '../store/repositories/forge-sources.js';
import type { AddedRequest } from '../store/requests/add-requests.js';
import { archiveRepositories, changeRepositories } from './change.js';
import { type DiscoveryOptions, type DiscoveryPlan, planDiscovery } from './plan-discovery.js';
import { type KnownMirrors, type MirrorOutcome, planMirrors } from './plan-mirrors.js';
import { DEFAULT_DOMAIN } from './register.js';
import {
  type MirrorPlace,
  mirrorFolder,
  readUnderLock,
  requestFirst,
  writeMirrors,
} from './register-mirrors.js';
import type { Registration } from './rows.js';

export interface ApplyOptions extends DiscoveryOptions, MirrorPlace {
  /** Only plan: nothing is written. */
  readonly dryRun: boolean;
}

export interface Discovered {
  readonly plan: DiscoveryPlan;
  /** What became, or would become, of `plan.added`, in that order. */
  readonly outcomes: readonly MirrorOutcome[];
  /** The requests for first evaluations; a worker begins at once where the caller wakes it. */
  readonly requested: readonly AddedRequest[];
}

/**
 * Registers what is new as mirrors of this host, stores new addresses, and archives what the forge has archived, or, where
 * that is wanted, no longer lists. Archived repositories never become active by this.
 * @throws {DoiError} `bad_request`, `bad_slug`, and then nothing is changed; `database_unavailable`
 */
export async function applyDiscovery(sql: Sql, options: ApplyOptions): Promise<Discovered> {
  const folder = await mirrorFolder(sql, options);
  const { plan, outcomes } = await sql.begin(async (transaction) => {
    const registered = await readUnderLock(transaction);
    const plan = planDiscovery(options, registered);
    const { host } = options;
    const mirrors = planMirrors(
      { mirrors: plan.added, host, folder, defaultDomain: DEFAULT_DOMAIN },
      { ...registered, known: withNewRemotes(registered.known, plan) },
    );
    if (!options.dryRun) {
      await writeMirrors(transaction, mirrors);
      await writeKnown(transaction, { plan, options, registered });
    }
    return { plan, outcomes: mirrors.outcomes };
  });
  return { plan, outcomes, requested: options.dryRun ? [] : await requestFirst(sql, outcomes) };
}

/** The rows as they will be: a new repository may have the former address of a renamed one, and is not that one. */
function withNewRemotes(known: readonly Registration[], plan: DiscoveryPlan): Registration[] {
  const remotes = new Map(plan.renamed.map(({ row, remoteUrl }) => [row.id, remoteUrl]));
  return known.map((row) => ({ ...row, remoteUrl: remotes.get(row.id) ?? row.remoteUrl }));
}

interface Known {
  readonly plan: DiscoveryPlan;
  readonly options: ApplyOptions;
  readonly registered: KnownMirrors;
}

async function writeKnown(transaction: Statements, { plan, options, registered }: Known): Promise<void> {
  const { host, forge } = options;
  await changeRepositories(
    transaction,
    plan.renamed.map(({ row, remoteUrl }) => ({ id: row.id, host, path: null, remoteUrl, domain: null })),
  );
  const none = { branch: null, mirrorHost: null, server: null, forge: null, forgeId: null };
  // Each is then contacted at once, at its new address.
  const moved = plan.renamed.map(({ row, remoteUrl }) => ({
    ...{ repoId: row.id, branch: registered.sources.get(row.id)?.branch ?? null, keepsForge: true },
    server: serverOf(remoteUrl) ?? null,
  }));
  await retargetMirrors(transaction, moved);
  const ids = plan.adopted.map(({ row, forgeId }) => ({ ...none, repoId: row.id, forge, forgeId }));
  await writeSources(transaction, ids);
  const gone = [...plan.archived, ...(plan.prunes ? plan.vanished : [])].map(({ slug }) => slug);
  if (gone.length > 0) await archiveRepositories(transaction, gone);
}
