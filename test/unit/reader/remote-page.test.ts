import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { webUrl } from '../../../src/reader/remote-page.js';

describe('the page of a remote', () => {
  it.each([
    ['https://github.com/acme/widget.git', 'https://github.com/acme/widget'],
    ['git@github.com:acme/widget.git', 'https://github.com/acme/widget'],
    ['ssh://git@ssh.github.com:443/acme/widget.git', 'https://github.com/acme/widget'],
    ['git@gitlab.com:acme/sub/widget', 'https://gitlab.com/acme/sub/widget'],
    ['http://git.example:3000/acme/widget.git', 'http://git.example:3000/acme/widget'],
    ['git+https://git.example/acme/widget/', 'https://git.example/acme/widget'],
    ['https://user:hidden@git.example/acme/widget?token=x#y', 'https://git.example/acme/widget'],
  ])('of %s is %s', (remote, page) => {
    expect(webUrl(remote)).toBe(page);
  });

  it.each([
    null,
    '',
    'javascript:alert(1)//x/y',
    'javascript://github.com/%0aalert(1)',
    'data:text/html,x/y',
    'file:///srv/git/widget.git',
    'git@git.example:acme/widget.git',
    'git@github.com.evil.example:acme/widget.git',
    'ext::sh -c x@github.com:a/b.git',
    'https://github.com@evil.example/a@b/c',
    `https://git.example/ghp_${'a'.repeat(36)}/widget.git`,
    'https://exa mple/a/b',
  ])('of %s is none', (remote) => {
    expect(webUrl(remote)).toBeNull();
  });

  it('is http or https, without user info, query and fragment, for any remote', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .tuple(
          fc.constantFrom('https://', 'http://', 'git+https://', 'javascript:', 'git@', ''),
          fc.constantFrom('github.com', 'a@github.com', 'git.example:8080', '[::1]', ''),
          fc.constantFrom('/', ':', '//'),
          fc.string(),
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (remote) => {
        const page = webUrl(remote);
        if (page === null) return;
        const { protocol, username, password, search, hash } = new URL(page);
        expect(['http:', 'https:']).toContain(protocol);
        expect(username + password + search + hash).toBe('');
      }),
    );
  });
});
