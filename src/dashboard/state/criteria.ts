/** The criteria as the page heads its columns with them; a test holds them against the criteria themselves. */
import type { CriterionId, CriterionTier } from '../../domain/verdict.js';

export interface Column {
  readonly id: CriterionId;
  readonly label: string;
  readonly tier: CriterionTier;
}

const named = (tier: CriterionTier, from: number, labels: readonly string[]): Column[] =>
  labels.map((label, index) => ({ id: `C${from + index}` as CriterionId, label, tier }));

export const COLUMNS: readonly Column[] = [
  ...named('core', 1, ['Registered', 'Domain active', 'Checkout present', 'Remote set']),
  ...named('standard', 5, ['SCOPE.md', 'CLAUDE.md', 'Workplans valid', 'SBOM ingested', 'Services declared']),
  ...named('full', 10, [
    ...['Goal active', 'Capabilities declared', 'Agents template', 'Consistency clean', 'Host paths set'],
  ]),
];
