/** Names the inputs with a version that a criterion rests on, for clients that explain or date a verdict. */
import type { ValueKey, VersionedKey } from '../domain/input.js';
import type { CriterionId } from '../domain/verdict.js';
import { CRITERIA } from './index.js';

/** `findings` has no version of its own: it rests on the workplans and the checker. */
export function inputsOf(id: CriterionId): VersionedKey[] {
  const declared: readonly ValueKey[] = CRITERIA.find((criterion) => criterion.id === id)?.inputs ?? [];
  return declared.flatMap((key): VersionedKey[] => (key === 'findings' ? ['workplans', 'checker'] : [key]));
}
