import { describe, expect, it } from 'vitest';
import { c09ServicesDeclared } from '../../../src/criteria/c09-services-declared.js';
import { judge, text } from './values.js';

const ONE = 'services:\n  - slug: mail\n    purpose: Sends mail.\n    auth: api_key\n';

describe('C9 Services declared', () => {
  it('passes with an empty list and a snapshot', () => {
    expect(judge(c09ServicesDeclared)).toMatchObject({
      status: 'pass',
      detail: 'tpsc.yaml declares no services, with 1 snapshot.',
    });
  });

  it('passes with a service and several snapshots', () => {
    const verdict = judge(c09ServicesDeclared, { 'tpsc.yaml': text(ONE), tpsc: { snapshots: 2 } });
    expect(verdict.detail).toBe('tpsc.yaml declares 1 service, with 2 snapshots.');
  });

  it('fails without a snapshot', () => {
    const verdict = judge(c09ServicesDeclared, { tpsc: { snapshots: 0 } });
    expect(verdict).toMatchObject({
      status: 'fail',
      remedy: 'Record a snapshot with `doi record tpsc acme-widget`.',
    });
  });

  it('fails without the file, and says so of the snapshot too', () => {
    const verdict = judge(c09ServicesDeclared, { 'tpsc.yaml': { state: 'absent' }, tpsc: { snapshots: 0 } });
    expect(verdict).toMatchObject({
      status: 'fail',
      detail: 'There is no tpsc.yaml at the root, and there is no TPSC snapshot.',
    });
    expect(verdict.remedy).toContain('services: []');
  });

  it('fails where the file does not parse, with the line', () => {
    const verdict = judge(c09ServicesDeclared, {
      'tpsc.yaml': text('services:\n  - slug: a\n    slug: b\n'),
    });
    expect(verdict).toMatchObject({
      status: 'fail',
      detail: 'tpsc.yaml is not valid at line 3: duplicated mapping key.',
    });
  });

  it('fails where an entry is not valid, and names it', () => {
    const verdict = judge(c09ServicesDeclared, { 'tpsc.yaml': text(ONE.replace('api_key', 'magic')) });
    expect(verdict.status).toBe('fail');
    expect(verdict.detail).toContain('service 1 (mail) has an `auth` that is none of');
  });

  it('fails where the file is unsafe, with the reason', () => {
    const verdict = judge(c09ServicesDeclared, {
      'tpsc.yaml': { state: 'rejected', reason: 'tpsc.yaml is larger than 256 KiB.' },
    });
    expect(verdict).toMatchObject({ status: 'fail', detail: 'tpsc.yaml is larger than 256 KiB.' });
  });
});
