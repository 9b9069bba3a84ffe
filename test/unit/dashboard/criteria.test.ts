/** Tests of how the page names criteria, and of how it puts their changes in words. */
import { expect, it } from 'vitest';
import { CRITERIA } from '../../../src/criteria/index.js';
import { COLUMNS, sayMoves } from '../../../src/dashboard/state/criteria.js';

it('the columns are the criteria, by id, label and tier', () => {
  expect(COLUMNS).toEqual(CRITERIA.map(({ id, label, tier }) => ({ id, label, tier })));
});

it('a change names the criteria that moved in the given way, by their status now', () => {
  const criteria = [
    { id: 'C5', was: 'pass', now: 'fail' },
    { id: 'C6', was: 'warn', now: 'fail' },
    { id: 'C7', was: 'pass', now: 'skip' },
    { id: 'C8', was: 'fail', now: 'pass' },
    { id: 'C9', was: 'pass', now: 'warn' },
    { id: 'C10', was: 'fail', now: 'skip' },
    { id: 'C11', was: null, now: 'fail' },
  ] as const;
  expect(sayMoves(criteria, 'worse')).toEqual([
    'C5 SCOPE.md, C6 CLAUDE.md now fail',
    'C7 Workplans valid now is not judged',
    'C9 Services declared now passes with a warning',
  ]);
  expect(sayMoves(criteria, 'better')).toEqual(['C8 SBOM ingested now passes']);
});
