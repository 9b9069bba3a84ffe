import { describe, expect, it } from 'vitest';
import { isRemote, readGivenRemote, readRemoteList } from '../../../src/registry/given-remotes.js';

describe('a given remote', () => {
  it.each([
    ['https://h.example/acme/widget.git', 'https://h.example/acme/widget.git', 'widget'],
    ['ssh://git@h.example:2222/acme/Widget/', 'ssh://git@h.example:2222/acme/Widget/', 'Widget'],
    ['git://h.example/widget', 'git://h.example/widget', 'widget'],
    ['git@h.example:acme/widget.git', 'git@h.example:acme/widget.git', 'widget'],
    ['file:///srv/git/widget/.git', 'file:///srv/git/widget/.git', 'widget'],
    ['https://h.example/a/caf%C3%A9', 'https://h.example/a/caf%C3%A9', 'café'],
  ])('is %s, with its name', (text, remoteUrl, name) => {
    expect(isRemote(text)).toBe(true);
    expect(readGivenRemote(text, 'argument 1')).toEqual({ remoteUrl, name, isCut: false });
  });

  it.each([
    'https://me:secret@h.example/a/widget',
    'https://ghp_secret@h.example/a/widget',
    'https://h.example/a/widget?token=secret',
    'https://h.example/a/widget#secret',
  ])('when it is %s, then loses the secret, and says so', (text) => {
    expect(readGivenRemote(text, 'argument 1')).toEqual({
      ...{ remoteUrl: 'https://h.example/a/widget', name: 'widget', isCut: true },
    });
  });

  it.each([
    ['ftp://h.example/secret', 'its scheme is none'],
    ['ext::sh -c secret', 'remote helper'],
    ['https://h.example', 'it has no path'],
    ['git+https://h.example/a/secret', 'git has no scheme git+https'],
    ['file://h.example/secret', 'with a host names no file'],
    ['https://h.example/a:secret@b/c', 'may hold a password'],
    ['-oProxyCommand=secret:x', 'hyphen'],
  ])('when it is %s, then is refused, and is not quoted', (text, reason) => {
    expect(() => readGivenRemote(text, 'line 3 of x')).toThrow(
      expect.objectContaining({ code: 'bad_request', message: expect.stringContaining(reason) }),
    );
    expect(() => readGivenRemote(text, 'line 3 of x')).toThrow(/^Of line 3 of x no mirror [^\0]*$/);
    expect(() => readGivenRemote(text, 'line 3 of x')).not.toThrow(/secret/);
  });

  it.each([
    ['github:acme', 'doi discover github acme'],
    ['gitlab:team/tools@https://h.example', 'doi discover gitlab team/tools --url https://h.example'],
  ])(
    'when it is the owner %s at a forge, then is refused with the command that is meant',
    (text, command) => {
      expect(() => readGivenRemote(text, 'argument 1')).toThrow(
        expect.objectContaining({ code: 'bad_request', remedy: expect.stringContaining(`"${command}"`) }),
      );
    },
  );

  it('when its host has the name of a forge and its path has a slash, then is a remote by ssh', () => {
    expect(readGivenRemote('github:acme/widget', 'argument 1')).toMatchObject({ name: 'widget' });
  });

  it('is none of a path, even of one with a colon after its first slash', () => {
    for (const path of ['widget', './a:b', '/srv/git/a:b.git', '../x']) expect(isRemote(path)).toBe(false);
  });
});

describe('a list of remotes', () => {
  it('has one a line; blank lines and comments count as nothing', () => {
    const text = '\ufeff# ours\r\nhttps://h.example/a/one\r\n\n  git@h.example:a/two  \n';
    expect(readRemoteList(text, 'x').map(({ name }) => name)).toEqual(['one', 'two']);
  });

  it('when a line is no remote, then names its number', () => {
    expect(() => readRemoteList('# x\nhttps://h.example/a/b\n/srv/path\n', 'urls.txt')).toThrow(
      'Of line 3 of urls.txt no mirror can be made: it has neither a scheme nor the form host:path.',
    );
    expect(() => readRemoteList('# nothing\n', 'urls.txt')).toThrow('urls.txt holds no remote.');
  });
});
