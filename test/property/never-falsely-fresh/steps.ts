/** The steps of the property: what there is, how they are drawn from a seed, and how one is made. */
import fc from 'fast-check';
import { canEdit, editFiles, exists, FILE_EDITS, type FileEditKind, type Picks } from './file-edits.js';
import {
  bringHome,
  DOMAIN_EDITS,
  type DomainEditKind,
  type Edited,
  editDomain,
  isAtHome,
  type Registry,
  ROW_EDITS,
  type RowEditKind,
} from './registry-edits.js';
import type { Repository } from './repository.js';
import type { Tally } from './tally.js';
import { choose } from './texts.js';
import { THERE_AND_BACK, type ThereAndBackKind } from './there-and-back.js';

const INSTALLATION_EDITS = {
  'release raised': ({ installation }: Repository, { b }: Picks) =>
    installation.raiseRelease({ sameVersion: b % 2 === 0 }),
  'checker swapped': ({ installation }: Repository, { b }: Picks) => {
    installation.swapChecker(b % 2 === 0 ? 'command' : 'built-in');
  },
  'checker edited': ({ installation }: Repository, { b }: Picks) =>
    installation.editChecker({ byRename: b % 2 === 0 }),
  'checker broken': ({ installation }: Repository) => installation.breakChecker(),
} as const;
type InstallationEditKind = keyof typeof INSTALLATION_EDITS;

export type EditKind = FileEditKind | RowEditKind | DomainEditKind | InstallationEditKind;
export type StepKind = EditKind | ThereAndBackKind | 'edit during an evaluation';

const names = <K extends string>(edits: Readonly<Record<K, unknown>>) => Object.keys(edits) as K[];
const MEANWHILE: readonly EditKind[] = [
  ...names(FILE_EDITS),
  ...names(ROW_EDITS),
  ...names(DOMAIN_EDITS),
  // A process has one release and one setting for as long as it runs.
  'checker edited',
  'checker broken',
];
export const STEP_KINDS: readonly StepKind[] = [
  ...names(FILE_EDITS),
  ...names(ROW_EDITS),
  ...names(DOMAIN_EDITS),
  ...names(INSTALLATION_EDITS),
  ...names(THERE_AND_BACK),
  'edit during an evaluation',
];

/** Steps after which no verdict can be another one: they only move versions. */
export const HARMLESS: ReadonlySet<string> = new Set([
  'chmod',
  'touch',
  'snapshot changed',
  'git folder removed or made',
  // What cannot be judged does not differ.
  'checker broken',
]);

/** Makes none by itself, and shows the one that was made while the repository was archived, and nothing was judged. */
const SHOWS_OTHERS: StepKind = 'column status';

/** The kinds that can make a difference and, in that run, made none. */
export function withoutDifference(tally: Tally): StepKind[] {
  const able = STEP_KINDS.filter((kind) => !HARMLESS.has(kind) && kind !== SHOWS_OTHERS);
  return able.filter((kind) => tally.differencesOf(kind) === 0);
}

/** How often a kind is drawn, where that is not the usual: what seldom makes a difference, and what breaks much. */
const WEIGHTS: Readonly<Partial<Record<StepKind, number>>> = {
  'edit during an evaluation': 6,
  'there and back: workplans': 4,
  'there and back: no folder': 4,
  'snapshot added': 3,
  'folder renamed away': 3,
  'checker broken': 1,
  'root emptied': 1,
};
const USUAL_WEIGHT = 2;

export interface Step extends Picks {
  readonly kind: StepKind;
  /** Counted round and round over the repositories. */
  readonly repo: number;
  /** When it is evaluated, beside what the step itself does: before the edit, right after it, or not. */
  readonly evaluate: 'before' | 'after' | 'both' | 'not';
  /** What is done during an evaluation, where the step is that, and at which point. */
  readonly meanwhile: EditKind;
  readonly point: number;
}

const number = fc.nat({ max: 9_999 });
const rest = {
  ...{ repo: number, a: number, b: number, point: number },
  evaluate: fc.oneof(
    { weight: 8, arbitrary: fc.constant('before' as const) },
    { weight: 1, arbitrary: fc.constantFrom('after' as const, 'both' as const) },
    { weight: 9, arbitrary: fc.constant('not' as const) },
  ),
  meanwhile: fc.constantFrom(...MEANWHILE),
};

/**
 * The steps of a seed, always the same; fewer are the first ones of more.
 * @param often kinds that are drawn ten times as often as usual
 */
export function drawSteps(seed: number, count: number, often: readonly StepKind[] = []): Step[] {
  const kinds = STEP_KINDS.map((kind) => ({
    weight: (WEIGHTS[kind] ?? USUAL_WEIGHT) * (often.includes(kind) ? 10 : 1),
    arbitrary: fc.constant(kind),
  }));
  const step: fc.Arbitrary<Step> = fc.record({ kind: fc.oneof(...kinds), ...rest });
  return fc.sample(fc.noBias(step), { seed, numRuns: count });
}

/** The repository that a step is made on: the next one, from where it points, in which it finds what it changes. */
export function pickRepository({ repositories }: Registry, { kind, repo }: Step): Repository {
  const order = repositories.map((_, index) => choose(repositories, repo + index));
  return order.find((each) => suits(each, kind)) ?? choose(order, 0);
}

function suits(repo: Repository, kind: StepKind): boolean {
  if (kind in FILE_EDITS) return canEdit(repo, kind as FileEditKind);
  if (kind in THERE_AND_BACK && !(isAtHome(repo) && exists(repo.root))) return false;
  switch (kind) {
    case 'column local_path':
      return repo.isByLocalPath;
    case 'goal changed':
    case 'goal deleted':
      return repo.goals > 0;
    case 'snapshot changed':
    case 'snapshot deleted':
      return repo.snapshots > 0;
    case 'there and back: the link to the folder':
      return repo.isByLink;
    case 'there and back: a text in place':
    case 'there and back: a file by rename':
    case 'there and back: workplans':
      return canEdit(repo, 'workplans renamed away');
    default:
      return true;
  }
}

/** Makes an edit. @returns what was really done, and whose verdicts may rest on it */
export async function makeEdit(
  registry: Registry,
  repo: Repository,
  { kind, picks }: { kind: EditKind; picks: Picks },
): Promise<Edited> {
  if (kind in INSTALLATION_EDITS) {
    INSTALLATION_EDITS[kind as InstallationEditKind](repo, picks);
    const affected = registry.repositories.filter(({ installation }) => installation === repo.installation);
    return { kind, affected };
  }
  if (kind in DOMAIN_EDITS) return editDomain(registry, repo, { kind: kind as DomainEditKind, picks });
  if (kind in ROW_EDITS) {
    return { kind: await ROW_EDITS[kind as RowEditKind](registry, repo, picks), affected: [repo] };
  }
  const done = editFiles(repo, kind as FileEditKind, picks);
  return { kind: done === false ? 'nothing' : done, affected: [repo] };
}

/** Often puts right what keeps a repository from being judged, which is then the step: else more and more would be. */
export async function repairInstead(
  registry: Registry,
  repo: Repository,
  { b }: Picks,
): Promise<Edited | undefined> {
  if (repo.installation.isBroken && b % 3 !== 0)
    return makeEdit(registry, repo, { kind: 'checker edited', picks: { a: 0, b } });
  if (b % 2 === 0) return undefined;
  if (!exists(repo.root))
    return { kind: editFiles(repo, 'touch', { a: 0, b: 0 }) || 'nothing', affected: [repo] };
  return isAtHome(repo) ? undefined : { kind: await bringHome(registry, repo), affected: [repo] };
}
