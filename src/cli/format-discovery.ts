/** Shows what a discovery changed: a line for each kind of change, with the first names. */
import { count } from '../domain/text.js';
import type { SkipReason } from '../registry/plan-discovery.js';
import type { OwnerDiscovery } from '../worker/discover-owner.js';
import { showText } from './terminal.js';

export interface DiscoveryView {
  readonly owner: string;
  /** Whether nothing was written. */
  readonly dryRun: boolean;
}

const MOST_NAMES = 20;

/** The lines for a terminal; groups without an entry are left out. */
export function formatDiscovery(found: OwnerDiscovery, { owner, dryRun }: DiscoveryView): string {
  const { plan, outcomes, listing } = found;
  const { added, adopted, renamed, archived, inactive, vanished, prunes } = plan;
  const slugs = (rows: readonly { readonly slug: string }[]) => rows.map(({ slug }) => slug);
  const undo = inactive.map(({ slug }) => slug).slice(0, MOST_NAMES);
  const lines = [
    `${showText(owner)} at ${showText(listing.address.apiUrl)}: ${count(listing.repositories.length, 'repository', 'repositories')}.`,
    ...group(
      dryRun ? 'Would add' : 'Added',
      outcomes.map(({ slug }) => slug),
    ),
    ...group(
      dryRun ? 'Would rename' : 'Renamed at the forge',
      renamed.map(({ row, remoteUrl }) => `${row.slug} (now ${remoteUrl})`),
    ),
    ...group(dryRun ? 'Would archive' : 'Archived, as at the forge', slugs(archived)),
    ...group('Archived here, active at the forge', slugs(inactive)),
    ...(undo.length === 0
      ? []
      : [`  "doi archive ${showText(undo.join(' '), 2000)} --undo" makes them active`]),
    ...group(describeVanished(prunes, dryRun), slugs(vanished)),
    ...group(
      'No longer listed, but the forge does not say that they are gone, so not archived',
      slugs(plan.unconfirmed.map(({ row }) => row)),
    ),
    ...describeKept(found),
    ...group('Registered before, now known by the id of the forge', slugs(adopted.map(({ row }) => row))),
    ...skippedLines(plan.skipped),
    `Unchanged: ${plan.unchanged}.`,
    ...(dryRun ? ['Nothing was written.'] : []),
    ...(added.length === 0 || dryRun
      ? []
      : ['A running worker of this host fetches and judges them; "doi summary" lists the results.']),
  ];
  return `${lines.join('\n')}\n`;
}

function group(title: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, MOST_NAMES).map((name) => showText(name, 400));
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return [`${title} ${names.length}: ${shown.join(', ')}${more}.`];
}

function describeVanished(prunes: boolean, dryRun: boolean): string {
  if (!prunes) return 'No longer listed';
  return dryRun ? 'Would archive, no longer listed' : 'Archived, no longer listed';
}

function describeKept({ plan: { vanished, prunes, keptBecause } }: OwnerDiscovery): string[] {
  if (keptBecause === 'not whole') return ['Nothing was pruned, because the list is not whole.'];
  if (keptBecause === 'most are gone')
    return ['  More than half are gone, so they stay: check the token, or add --force to archive them.'];
  return vanished.length > 0 && !prunes ? ['  --prune archives them'] : [];
}

const REASONS: Readonly<Record<SkipReason, string>> = {
  archived: 'Left out, archived at the forge',
  fork: 'Left out, forks',
  empty: 'Left out, empty',
  'not matching': 'Left out, not matching',
};

function skippedLines(skipped: OwnerDiscovery['plan']['skipped']): string[] {
  return Object.entries(REASONS).flatMap(([why, title]) =>
    group(
      title,
      skipped.filter((each) => each.why === why).map(({ name }) => name),
    ),
  );
}

/** The answer of `--json`. */
export function toDiscoveryAnswer(found: OwnerDiscovery, { owner, dryRun }: DiscoveryView) {
  const { plan, outcomes, listing } = found;
  const slugs = (rows: readonly { readonly slug: string }[]) => rows.map(({ slug }) => slug);
  const { ended, address, repositories } = listing;
  return {
    forge: address.kind,
    api_url: address.apiUrl,
    owner,
    dry_run: dryRun,
    listed: repositories.length,
    ended_early:
      ended === undefined ? null : { code: ended.code, message: ended.message, remedy: ended.remedy },
    added: outcomes.map(({ slug, remoteUrl, path }) => ({ repo_slug: slug, remote_url: remoteUrl, path })),
    renamed: plan.renamed.map(({ row, remoteUrl }) => ({ repo_slug: row.slug, remote_url: remoteUrl })),
    archived: slugs(plan.archived),
    archived_here_only: slugs(plan.inactive),
    vanished: slugs(plan.vanished),
    unconfirmed: slugs(plan.unconfirmed.map(({ row }) => row)),
    pruned: plan.prunes,
    kept_because: plan.keptBecause ?? null,
    adopted: plan.adopted.map(({ row, forgeId }) => ({ repo_slug: row.slug, forge_id: forgeId })),
    skipped: plan.skipped.map(({ name, why }) => ({ name, why })),
    unchanged: plan.unchanged,
  };
}
