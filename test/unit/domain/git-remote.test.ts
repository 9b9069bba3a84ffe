import { describe, expect, it } from 'vitest';
import { parseGitRemote } from '../../../src/domain/git-remote.js';

describe('parseGitRemote', () => {
  it.each([
    ['https://github.com/acme/widget.git', 'https://github.com/acme/widget.git'],
    ['http://host/x', 'http://host/x'],
    ['HTTPS://Host/x', 'https://Host/x'],
    ['ssh://git@ssh.github.com:443/acme/widget.git', 'ssh://ssh.github.com/acme/widget.git'],
    ['git://host/x', 'git://host/x'],
    ['git+ssh://git@host/x', 'git+ssh://host/x'],
    ['git+https://host/x', 'git+https://host/x'],
    ['file:///srv/git/x.git', 'file:///srv/git/x.git'],
    ['file://host/srv/x', 'file://host/srv/x'],
    ['git@github.com:acme/widget.git', 'github.com:acme/widget.git'],
    ['github-work:acme/x', 'github-work:acme/x'],
    ['host:/srv/git/x', 'host:/srv/git/x'],
    ['host:~acme/x', 'host:~acme/x'],
    ['ssh://git@[::1]:2222/x', 'ssh://[::1]/x'],
    ['git@[::1]:acme/x', '[::1]:acme/x'],
    ['[host:22]:acme/x', '[host:22]:acme/x'],
    ['[git@host:2222]:acme/x.git', '[host:2222]:acme/x.git'],
    ['git@[host:2222]:acme/x.git', '[host:2222]:acme/x.git'],
    ['https://xn--bcher-kva.example/x', 'https://xn--bcher-kva.example/x'],
    ['https://bücher.example/x', 'https://bücher.example/x'],
    ['  https://host/x\n', 'https://host/x'],
    ['https://host//x//?ref=main#top', 'https://host//x//'],
  ])('accepts %o', (url, shown) => {
    expect(parseGitRemote(url)).toEqual({ ok: true, shown });
  });

  it.each([
    ['', /empty/],
    ['acme/widget', /neither a scheme nor/],
    ['/srv/git/x.git', /neither a scheme nor/],
    ['./a:b', /neither a scheme nor/],
    ['ftp://host/x', /scheme is none of/],
    ['git+ftp://host/x', /scheme is none of/],
    ['javascript://host/x', /scheme is none of/],
    ['https://host', /no path/],
    ['https://host/', /no path/],
    ['https:///x', /no host/],
    ['https://user@/x', /no host/],
    ['file:///', /no path/],
    ['https:/host/x', /lacks the `\/\/`/],
    ['host:', /no path/],
    [':x', /no host/],
    ['https://host:0/x', /port/],
    ['https://host:65536/x', /port/],
    ['https://host:/x', /port/],
    ['https://host:8x/x', /port/],
    ['ssh://-oProxyCommand=x/x', /starts with a hyphen/],
    ['-oProxyCommand=x:y', /starts with a hyphen/],
    ['host:-x', /starts with a hyphen/],
    ['ext::sh -c x', /remote helper/],
    ['ext::sh -c whoami@host:acme/one.git', /remote helper/],
    ['gcrypt::git@host:acme/one.git', /remote helper/],
    ['gcrypt::https://u:tok@host/x', /remote helper/],
    ['https://ho st/x', /not a host name/],
    ['https://host/../x', /`\.` or `\.\.`/],
    ['https://host/a/%2e%2e/x', /`\.` or `\.\.`/],
    ['https://host/a%00', /control characters/],
    ['https://host/%zz', /percent-encoding/],
    ['https://host\\@evil/x', /backslash/],
    ['https://host/a\u0007b', /control characters/],
    [`https://host/${'x'.repeat(3_000)}`, /longer than 2048/],
  ])('refuses %o with the reason', (url, reason) => {
    expect(parseGitRemote(url)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  it.each([
    'https://user:s3cret@host/x',
    'https://s3cret@host/x',
    'https://a@s3cret@host/x',
    'https://user:22/s3cret@host/x',
    'https://user:22/s3cret?x@host/x',
    'https://s3/s3cret#x@host/x',
    'https://host/x?access_token=s3cret',
    'https://host/x#s3cret',
    'user:s3cret@host:x',
    'user:s3cret/y@host:x',
    'user:s3cret#y@host:x',
    'https://user:s3cret@@host/x',
    '[git:s3cret@host:2222]:x',
    'ssh://user:s3cret@-host/x',
  ])('gives nothing away of %o', (url) => {
    expect(JSON.stringify(parseGitRemote(url))).not.toContain('s3cret');
  });

  it('takes the host behind the last @, as git does', () => {
    expect(parseGitRemote('user:tok@host:acme/x')).toEqual({ ok: true, shown: 'host:acme/x' });
    expect(parseGitRemote('https://github.com@evil.com/x')).toEqual({
      ok: true,
      shown: 'https://evil.com/x',
    });
  });
});
