import { describe, expect, it } from 'vitest';
import { c03CheckoutPresent } from '../../../src/criteria/c03-checkout-present.js';
import { judge, repo } from './values.js';

const at = { host: 'alpha', path: '/srv/acme/widget' };

describe('C3 Checkout present', () => {
  it('passes where the folder is there', () => {
    const verdict = judge(c03CheckoutPresent);
    expect(verdict).toMatchObject({
      status: 'pass',
      detail: 'The checkout is at /srv/acme/widget on alpha.',
    });
  });

  it('fails where nothing is there, and names path and host', () => {
    const verdict = judge(c03CheckoutPresent, { checkout: { state: 'absent', ...at } });
    expect(verdict.status).toBe('fail');
    expect(verdict.detail).toBe('There is nothing at /srv/acme/widget on alpha.');
    expect(verdict.remedy).toContain('`doi move acme-widget PATH`');
  });

  it('fails where it is not a folder', () => {
    const verdict = judge(c03CheckoutPresent, { checkout: { state: 'not-a-folder', ...at } });
    expect(verdict).toMatchObject({ status: 'fail', detail: '/srv/acme/widget on alpha is not a folder.' });
  });

  it('fails where a link on the path is not followed, and says who may own such a link', () => {
    const verdict = judge(c03CheckoutPresent, { checkout: { state: 'foreign-link', ...at } });
    expect(verdict.status).toBe('fail');
    expect(verdict.detail).toContain(
      '/srv/acme/widget on alpha is, or lies behind, a link that belongs neither',
    );
    expect(verdict.remedy).toMatch(/doi move acme-widget PATH.*chown -h/);
  });

  it('fails where no path is set, for this host or for any', () => {
    const unset = { checkout: { state: 'unset', host: 'beta' } } as const;
    expect(judge(c03CheckoutPresent, unset)).toMatchObject({
      status: 'fail',
      detail: 'The registry has no path for the host beta.',
      remedy: expect.stringContaining('`doi move acme-widget PATH`'),
    });
    expect(judge(c03CheckoutPresent, { ...unset, ...repo({ hostPaths: {} }) })).toMatchObject({
      status: 'fail',
      detail: 'The registry has no path for any host.',
    });
  });
});
