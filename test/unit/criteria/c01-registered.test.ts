import { describe, expect, it } from 'vitest';
import { c01Registered } from '../../../src/criteria/c01-registered.js';
import { judge, repo } from './values.js';

describe('C1 Registered', () => {
  it('passes with a slug and a name', () => {
    expect(judge(c01Registered)).toMatchObject({
      status: 'pass',
      detail: 'Registered as acme-widget, with the name “Acme Widget”.',
    });
  });

  it.each([
    [{ slug: ' ' }, 'no slug'],
    [{ name: '' }, 'no name'],
    [{ slug: '', name: '' }, 'no slug and no name'],
  ])('fails for %o and says what is missing', (change, missing) => {
    const verdict = judge(c01Registered, repo(change));
    expect(verdict.status).toBe('fail');
    expect(verdict.detail).toContain(missing);
    expect(verdict.remedy).toContain('managed_repos');
  });
});
