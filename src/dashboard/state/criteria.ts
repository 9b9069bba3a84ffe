/** The criteria as the page names them; a test holds them against the criteria themselves. */
import type { ChangeEntry } from '../../api/history.js';
import type { CriterionId, CriterionTier, Status } from '../../domain/verdict.js';

export interface Column {
  readonly id: CriterionId;
  readonly label: string;
  readonly tier: CriterionTier;
}

const named = (tier: CriterionTier, from: number, labels: readonly string[]): Column[] =>
  labels.map((label, index) => ({ id: `C${from + index}` as CriterionId, label, tier }));

/** A column of the matrix for each criterion. */
export const COLUMNS: readonly Column[] = [
  ...named('core', 1, ['Registered', 'Domain active', 'Checkout present', 'Remote set']),
  ...named('standard', 5, ['SCOPE.md', 'CLAUDE.md', 'Workplans valid', 'SBOM ingested', 'Services declared']),
  ...named('full', 10, [
    ...['Goal active', 'Capabilities declared', 'Agents template', 'Consistency clean', 'Host paths set'],
  ]),
];

/** As the database orders them: `pass` and `warn` count towards a tier, and a warning is the worse of the two. */
const HEIGHT: Readonly<Record<Status, number>> = { pass: 2, warn: 1, fail: 0, skip: 0 };
/** What one criterion does, and what several do. */
const VERBS: Readonly<Record<Status, readonly [one: string, several: string]>> = {
  pass: ['passes', 'pass'],
  warn: ['passes with a warning', 'pass with a warning'],
  fail: ['fails', 'fail'],
  skip: ['is not judged', 'are not judged'],
};

/** A phrase for each status that criteria moved to in this way, such as `C5 SCOPE.md, C11 Capabilities declared now fail`. */
export function sayMoves(criteria: ChangeEntry['criteria'], way: 'worse' | 'better'): string[] {
  const moved = criteria.filter(({ was, now }) => {
    if (was === null || now === null) return false;
    return way === 'worse' ? HEIGHT[now] < HEIGHT[was] : HEIGHT[now] > HEIGHT[was];
  });
  const statuses = ['fail', 'skip', 'warn', 'pass'] as const;
  return statuses.flatMap((status) => {
    const names = moved.filter(({ now }) => now === status).map(({ id }) => nameOf(id));
    if (names.length === 0) return [];
    return [`${names.join(', ')} now ${VERBS[status][names.length > 1 ? 1 : 0]}`];
  });
}

function nameOf(id: ChangeEntry['criteria'][number]['id']): string {
  return `${id} ${COLUMNS.find((column) => column.id === id)?.label ?? ''}`.trim();
}
