/** Which criteria of a change went which way, in words. */
import type { ChangeEntry } from '../../api/history.js';
import type { Status } from '../../domain/verdict.js';
import { COLUMNS } from './criteria.js';

/** As the database orders them: `pass` and `warn` count towards a tier, and a warning is the worse of the two. */
const HEIGHT: Readonly<Record<Status, number>> = { pass: 2, warn: 1, fail: 0, skip: 0 };
/** What one does, and what several do. */
const SAID: Readonly<Record<Status, readonly [one: string, several: string]>> = {
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
    return [`${names.join(', ')} now ${SAID[status][names.length > 1 ? 1 : 0]}`];
  });
}

function nameOf(id: ChangeEntry['criteria'][number]['id']): string {
  return `${id} ${COLUMNS.find((column) => column.id === id)?.label ?? ''}`.trim();
}
