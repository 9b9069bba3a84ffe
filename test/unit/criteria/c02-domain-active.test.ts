import { describe, expect, it } from 'vitest';
import { c02DomainActive } from '../../../src/criteria/c02-domain-active.js';
import { judge, repo } from './values.js';

describe('C2 Domain active', () => {
  it('passes in an active domain', () => {
    expect(judge(c02DomainActive)).toMatchObject({ status: 'pass', detail: 'The domain acme is active.' });
  });

  it('fails without a domain', () => {
    const verdict = judge(c02DomainActive, { ...repo({ domainId: null }), domain: null });
    expect(verdict).toMatchObject({ status: 'fail', detail: 'The repository has no domain.' });
  });

  it('fails where the domain named is not in the registry', () => {
    const verdict = judge(c02DomainActive, { domain: null });
    expect(verdict.status).toBe('fail');
    expect(verdict.detail).toContain('not in the registry');
  });

  it.each(['archived', 'Active', ''])('fails in a domain with the status “%s”', (status) => {
    const verdict = judge(c02DomainActive, { domain: { slug: 'acme', status } });
    expect(verdict.status).toBe('fail');
    expect(verdict.detail).toContain(`“${status}”`);
    expect(verdict.remedy).toContain('doi record domain acme --status active');
    expect(verdict.remedy).toContain('doi record domain DOMAIN --repo acme-widget');
  });
});
