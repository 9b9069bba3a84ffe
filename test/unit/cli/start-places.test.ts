import { describe, expect, it } from 'vitest';
import { sortPlaces } from '../../../src/cli/start-places.js';

describe('what npm start is given', () => {
  it('when it is a folder, a remote or an owner at a forge, then it is taken for just that', () => {
    const given = [
      '../code',
      'https://git.example.org/a/b.git',
      'git@example.org:a/b',
      'github:acme',
      'gitlab:a/b',
    ];
    const { folders, remotes, owners } = sortPlaces(given);
    expect(folders).toEqual(['../code']);
    expect(remotes.map(({ remoteUrl }) => remoteUrl)).toEqual([
      'https://git.example.org/a/b.git',
      'git@example.org:a/b',
    ]);
    expect(owners).toMatchObject([
      { kind: 'github', owner: 'acme' },
      { kind: 'gitlab', owner: 'a/b' },
    ]);
  });

  it('when a remote has a form that git could take for a program, then it is refused', () => {
    expect(() => sortPlaces(['ext::sh -c x'])).toThrow(expect.objectContaining({ code: 'bad_request' }));
  });

  it.each([
    ['github:acme/widget', 'https://github.com/acme/widget.git'],
    ['forgejo:me/w.git@https://h.example/git', 'https://h.example/git/me/w.git'],
  ])('when it is %s, then is refused with the address of that repository', (given, url) => {
    expect(() => sortPlaces([given])).toThrow(
      expect.objectContaining({ code: 'bad_request', remedy: expect.stringContaining(`Give ${url} for`) }),
    );
  });

  it.each([
    'https://me:hunter2@git.example.org/a/b.git',
    'https://git.example.org/a/b.git?token=hunter2',
    'github:acme@https://me:hunter2@git.example.org',
  ])(
    'when it is %s, then is refused without naming the secret, which the list of processes would show',
    (given) => {
      expect(() => sortPlaces([given])).toThrow(
        expect.objectContaining({ code: 'bad_request', message: expect.not.stringContaining('hunter2') }),
      );
    },
  );

  it('when an owner has a name that no forge has, then is refused', () => {
    expect(() => sortPlaces(['gitlab:a//b'])).toThrow(expect.objectContaining({ code: 'bad_request' }));
  });
});
