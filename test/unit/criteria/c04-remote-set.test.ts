import { describe, expect, it } from 'vitest';
import { c04RemoteSet } from '../../../src/criteria/c04-remote-set.js';
import { judge, repo } from './values.js';

describe('C4 Remote set', () => {
  it('passes with a remote, and shows it without user info', () => {
    const verdict = judge(
      c04RemoteSet,
      repo({ remoteUrl: 'https://user:s3cret@github.com/acme/widget.git' }),
    );
    expect(verdict).toMatchObject({
      status: 'pass',
      detail: 'The remote is https://github.com/acme/widget.git.',
    });
  });

  it.each([null, '', '  '])('fails where the remote is %o', (remoteUrl) => {
    const verdict = judge(c04RemoteSet, repo({ remoteUrl }));
    expect(verdict).toMatchObject({ status: 'fail', detail: 'No remote is set.' });
    expect(verdict.remedy).toContain('doi register /srv/acme/widget --slug acme-widget');
  });

  it.each([{ a: '/x', b: '/y' }, { a: '/x; rm -rf /' }, {}])('names no path of %o', (hostPaths) => {
    const verdict = judge(c04RemoteSet, repo({ remoteUrl: null, hostPaths }));
    expect(verdict.remedy).toContain('doi register PATH --slug acme-widget');
  });

  it.each([
    'https://user:s3cret@/acme',
    'ftp://user:s3cret@host/acme',
    'https://user:s3cret@host',
    'https://user:s3cret@host:99999/acme',
    'https:user:s3cret@host/acme',
    'user s3cret',
    'https://u:s3cret@host/acme\nx',
  ])('fails for %o and keeps its secret', (remoteUrl) => {
    const verdict = judge(c04RemoteSet, repo({ remoteUrl }));
    expect(verdict.status).toBe('fail');
    expect(JSON.stringify(verdict)).not.toContain('s3cret');
  });
});
