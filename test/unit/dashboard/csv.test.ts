import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../../src/dashboard/state/address.js';
import { csvOf } from '../../../src/dashboard/state/csv.js';

describe('the CSV of a view', () => {
  it('when the service can select what the view shows, then it is exactly that', () => {
    const view = { ...EVERYTHING, domain: 'a&b', tier: 'core', stale: true, broken: true } as const;
    expect(csvOf(view)).toEqual({
      path: './repos/doi/summary?domain=a%26b&tier=core&stale=true&broken=true',
      view,
    });
    expect(csvOf(EVERYTHING)).toEqual({ path: './repos/doi/summary', view: EVERYTHING });
  });

  it('when it cannot, then it says which part of the view the file has', () => {
    const view = { ...EVERYTHING, domain: '', text: 'x', criterion: 'C5', never: true, stale: true } as const;
    expect(csvOf(view)).toEqual({
      path: './repos/doi/summary?stale=true',
      view: { ...EVERYTHING, stale: true },
    });
  });
});
