/** What `doi doctor --json` prints: every check in one list, and how many there are of each state. */
import type { Check, CheckState } from './check.js';
import type { Examined } from './run-group.js';

export type StateCounts = Readonly<Record<CheckState, number>>;

export interface DoctorAnswer {
  /** The worst of all checks. */
  readonly state: CheckState;
  readonly counts: StateCounts;
  readonly checks: readonly (Check & { readonly group: string })[];
}

export function toDoctorAnswer(groups: readonly Examined[]): DoctorAnswer {
  const counts = countStates(groups);
  const state = counts.problem > 0 ? 'problem' : counts.warning > 0 ? 'warning' : 'ok';
  const checks = groups.flatMap(({ name, checks: own }) => own.map((check) => ({ group: name, ...check })));
  return { state, counts, checks };
}

export function countStates(groups: readonly Examined[]): StateCounts {
  const all = groups.flatMap(({ checks }) => checks);
  const count = (state: CheckState) => all.filter((check) => check.state === state).length;
  return { ok: count('ok'), warning: count('warning'), problem: count('problem') };
}
