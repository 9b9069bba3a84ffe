import { describe, expect, it } from 'vitest';
import { c08SbomIngested } from '../../../src/criteria/c08-sbom-ingested.js';
import { judge, repo } from './values.js';

describe('C8 SBOM ingested', () => {
  it('passes once an SBOM was ingested, and says when', () => {
    const verdict = judge(c08SbomIngested);
    expect(verdict).toMatchObject({
      status: 'pass',
      detail: 'The last SBOM was ingested at 2026-03-20T10:42:07.123456Z.',
    });
  });

  it('fails where none ever was', () => {
    const verdict = judge(c08SbomIngested, repo({ lastSbomAt: null }));
    expect(verdict.status).toBe('fail');
    expect(verdict.remedy).toContain('doi record sbom acme-widget');
  });

  it('does not put an odd slug into the command to copy', () => {
    const { remedy } = judge(c08SbomIngested, repo({ lastSbomAt: null, slug: 'x; rm -rf /' }));
    expect(remedy).toContain('doi record sbom SLUG');
  });
});
