import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type GitSetting, parseGitConfig } from '../../../src/checkout/parse-git-config.js';
import { pickRemote } from '../../../src/checkout/pick-remote.js';
import { expandUrl, isShortForm } from '../../../src/checkout/short-remotes.js';
import { dropCredentials } from '../../../src/domain/drop-credentials.js';
import { isSameRemote, normalizeRemote } from '../../../src/registry/normalize-remote.js';

const part = fc.constantFrom(
  'https://',
  'ssh://',
  '@',
  ':',
  '/',
  '.git',
  'github.com',
  'SECRET',
  '%2e',
  '%25',
  '%3f',
  '..',
  '[',
  ']',
  '\\',
  '?',
  '#',
  'ü',
  '\u0000',
  ' ',
  '-',
);
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(part, { maxLength: 14 }).map((parts) => parts.join('')),
);

describe('the key of a remote', () => {
  it.each([
    'https://user:tok@GitHub.com:443//acme/widget.git/?x#y',
    'git@github.com:acme/widget',
    'ssh://git@ssh.github.com:443/acme/widget.git',
    'GIT+SSH://git@github.com./Acme/Widget.git',
    'https://a@b:c@github.com/acme/%77idget',
  ])('is the same for %s', (url) => {
    expect(normalizeRemote(url)).toEqual({ ok: true, key: 'github.com/acme/widget' });
  });

  it.each([
    ['https://github.com@evil.com/acme/widget', 'evil.com/acme/widget'],
    ['https://github.com.evil.com/acme/widget', 'github.com.evil.com/acme/widget'],
    ['https://evil.com/github.com/acme/widget', 'evil.com/github.com/acme/widget'],
    ['git@evil.com:github.com/acme/widget', 'evil.com/github.com/acme/widget'],
    ['https://bücher.example/a', 'xn--bcher-kva.example/a'],
    ['work:acme/widget', 'work/acme/widget'],
    ['git@[::1]:acme/widget', '[::1]/acme/widget'],
    ['git@host:@scope/widget', 'host/%40scope/widget'],
    ['ssh://git@[::1]:22/acme/widget', '[::1]/acme/widget'],
    ['[git@h.example:2222]:acme/widget.git', 'h.example/acme/widget'],
    ['[h.example:22]:acme/widget', 'h.example/acme/widget'],
    ['git+https://h.example./a//b/', 'h.example/a/b'],
    ['https://h/a%2Fb', 'h/a/b'],
    ['https://h/a.git.git', 'h/a.git'],
  ])('keeps the host apart in %s', (url, key) => {
    expect(normalizeRemote(url)).toEqual({ ok: true, key });
  });

  it.each([
    '',
    'a/b',
    'github.com@evil.com/acme',
    '/srv/git/a',
    'file:///srv/a',
    'https://github.com',
    'https://github.com/',
    'https://github.com/a/../b',
    'https://github.com/a/%2e%2e/b',
    'https://github.com/a%5cb',
    'https://github.com/%zz',
    'https://-x/a',
    'https://h/a\u0000b',
    'https://github.com/.git',
    'ext::sh -c true',
    'ext::sh -c whoami@git.example:acme/one.git',
    'gcrypt::git@git.example:acme/one.git',
    'git@evil.com:x@github.com:acme/widget',
    'me@corp:secret@github.com:acme/widget',
    'https://github.com\\@evil.com/acme/widget',
    'https://github.com%2f@/acme/widget',
    `https://h/${'a'.repeat(3000)}`,
  ])('is refused for %j', (url) => {
    expect(normalizeRemote(url).ok).toBe(false);
  });

  it('distinguishes paths whose percent signs mean something else', () => {
    const keys = ['a%2525', 'a%25', 'a%3Fb', 'a'].map((path) => normalizeRemote(`https://h/${path}`));
    expect(keys.map((made) => made.ok && made.key)).toEqual(['h/a%2525', 'h/a%25', 'h/a%3Fb', 'h/a']);
  });

  it('gives itself again behind any scheme, with any user, port and .git', () => {
    fc.assert(
      fc.property(fc.constantFrom('', 'https://h/', 'h:'), anyText, (start, text) => {
        const made = normalizeRemote(start + text);
        if (!made.ok) return;
        expect(normalizeRemote(`https://user:pass@${made.key}.git`)).toEqual(made);
      }),
      { numRuns: 3000 },
    );
  });

  it('is there or refused with a reason of ours, and is a key of its own, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const made = normalizeRemote(text);
        if (!made.ok) expect(made.reason).toMatch(/^it[ s]/);
        // One suffix is dropped, and a key may end with another.
        else expect(normalizeRemote(`ssh://${made.key}.git`)).toEqual(made);
      }),
      { numRuns: 3000 },
    );
  });

  it('holds no user info of any form', () => {
    // Any characters but those that end the user info.
    const secret = fc.stringMatching(/^[A-Z:@!$&'()*+,;=]{6,20}$/).map((it) => `SECRET${it}`);
    const user = fc.constantFrom('', 'me:', 'me@corp:', ':');
    fc.assert(
      fc.property(user, secret, fc.constantFrom('https', 'SSH', 'git+ssh'), (name, password, scheme) => {
        const made = normalizeRemote(`${scheme}://${name}${password}@h.example/a/b`);
        expect(made).toEqual({ ok: true, key: 'h.example/a/b' });
      }),
    );
    fc.assert(
      fc.property(user, secret, (name, password) => {
        const made = normalizeRemote(`${name}${password}@h.example:a/b`);
        expect(JSON.stringify(made)).not.toContain('SECRET');
      }),
    );
  });

  it('takes linear time, whatever the text', () => {
    const started = performance.now();
    for (const unit of ['@', ':', '/', '.', '%41', '[']) {
      const long = unit.repeat(500_000);
      for (const text of [`https://${long}`, `h:${long}`, `${' '.repeat(500_000)}${long}`, `me@${long}`])
        normalizeRemote(text);
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('never makes one repository of two texts that mean none', () => {
    expect(isSameRemote(null, null)).toBe(false);
    expect(isSameRemote('nonsense', 'nonsense')).toBe(false);
  });
});

describe('credentials in a remote', () => {
  it.each([
    ['https://user:secret@github.com/a/b.git', 'https://github.com/a/b.git'],
    ['https://secret@github.com/@a/b', 'https://github.com/@a/b'],
    ['https://user:se/cret@github.com/a/b', 'https://github.com/a/b'],
    ['https://github.com/a/b?token=secret#secret', 'https://github.com/a/b'],
    ['ssh://git:secret@github.com/a/b', 'ssh://git@github.com/a/b'],
    ['git@github.com:a/b.git', 'git@github.com:a/b.git'],
    ['git:secret@github.com:a/b', 'git@github.com:a/b'],
    ['[git@h.example:2222]:a/b.git', '[git@h.example:2222]:a/b.git'],
    ['[git:secret@h.example:2222]:a/b.git', '[git@h.example:2222]:a/b.git'],
    ['git:secret@[::1]:a/b', 'git@[::1]:a/b'],
    [`ssh://ghp_${'a1'.repeat(18)}@github.com/a/b`, 'ssh://github.com/a/b'],
    ['ssh://git@github.com/a/b?token=secret', 'ssh://git@github.com/a/b'],
    ['/srv/git/a.git', '/srv/git/a.git'],
    ['../a.git', '../a.git'],
    ['  https://h:8080/a ', 'https://h:8080/a'],
  ])('are dropped from %s', (url, stored) => {
    expect(dropCredentials(url)).toBe(stored);
  });

  it.each([
    'gcrypt::https://u:secret@h.example/a/b',
    'ext::sh -c secret@h.example:a/b',
    'u::secret@h.example:a/b',
    'https://user:22/secret@h.example/a',
    'https://to/secret@h.example/a',
    'https://u:a@b/secret@h.example/a',
    'user:secret/y@h.example:a',
    'https:u:secret@h.example/a',
    'https:/u:secret@h.example/a',
    '//u:secret@h.example/a',
    'ftp://u:secret@h.example/a',
    'https://u:secret@',
    'u:secret@h.example',
    `https://h.example/ghp_${'a1'.repeat(18)}/b`,
  ])('make it unfit to store if it is unknown which part is one: %s', (url) => {
    const stored = dropCredentials(url);
    expect(stored === undefined || !/secret|ghp_/.test(stored), stored).toBe(true);
  });

  it('leave nothing of a secret behind in any text that is stored', () => {
    const end = fc.constantFrom('@h.example/a', '@h.example:a/b', '@', '/a', '', ']:a/b', '@h:22]:a/b');
    const start = fc.constantFrom('https://', 'ssh://', 'x::', 'https:', '//', '[', 'a@b:', '');
    const secret = fc.constantFrom(
      `ghp_${'S3'.repeat(18)}`,
      'u:S3CRET',
      'me@corp:S3CRET',
      'u:22/S3CRET',
      'u:S3/CRET',
    );
    fc.assert(
      fc.property(start, secret, end, (prefix, info, rest) => {
        const stored = dropCredentials(prefix + info + rest) ?? '';
        // Without an @ it is a path or an alias of a host.
        if (rest.includes('@')) expect(stored).not.toMatch(/S3/);
      }),
    );
  });

  it.each(['', '   ', 'https://h/\u001b[31m', `https://h/${'a'.repeat(1000)}`])(
    'make %j unfit to store',
    (url) => {
      expect(dropCredentials(url)).toBeUndefined();
    },
  );

  it('leave nothing of a password behind, for any user and host', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9.-]{0,10}$/);
    // Any characters but those that end the user info.
    const password = fc.stringMatching(/^[A-Z:@!$&'()*+,;=]{6,20}$/);
    fc.assert(
      fc.property(word, password, word, (user, secret, host) => {
        expect(dropCredentials(`https://${user}:${secret}@${host}/a/b`)).toBe(`https://${host}/a/b`);
      }),
    );
  });
});

describe('the remote of a configuration', () => {
  const set = (section: string, subsection: string | undefined, entry: string) => {
    const [key = '', value = ''] = entry.split('=');
    return { section, subsection, key, value };
  };
  const remote = (name: string, url: string) => set('remote', name, `url=${url}`);
  const pick = (settings: GitSetting[], branch: string | null = 'main') => pickRemote(settings, () => branch);

  it('is origin, whatever else there is', () => {
    const settings = [remote('upstream', 'u'), remote('origin', 'o'), remote('origin', 'second')];
    expect(pick([...settings, set('branch', 'main', 'remote=upstream')])).toEqual({
      name: 'origin',
      url: 'o',
    });
  });

  it('is the only one where there is no origin', () => {
    expect(pick([remote('upstream', 'u')])).toEqual({ name: 'upstream', url: 'u' });
    expect(pick([])).toEqual({ url: undefined, problem: undefined });
  });

  it('is that of the branch which is checked out where several are left', () => {
    const settings = [
      ...[remote('upstream', 'u'), remote('fork', 'f')],
      ...[set('branch', 'main', 'remote=upstream'), set('branch', 'other', 'remote=fork')],
    ];
    expect(pick(settings)).toEqual({ name: 'upstream', url: 'u' });
    expect(pick(settings, 'other')).toEqual({ name: 'fork', url: 'f' });
    const several =
      /^There are 2 remotes \(upstream, fork\), none is called origin, .*"git remote rename NAME origin"/;
    for (const [branch, also] of [
      ['third', /none is set for the branch third/],
      [null, /no branch is checked out/],
    ] as const) {
      const { problem } = pick(settings, branch) as { problem?: { note: string; remedy?: string } };
      expect(`${problem?.note} ${problem?.remedy}`).toMatch(several);
      expect(problem?.note).toMatch(also);
    }
    expect(pick([...settings, set('branch', 'main', 'remote=.')])).toMatchObject({ url: undefined });
  });

  it('is none where there is only a pushurl or an included file, and both are named', () => {
    const push = set('remote', 'mirror', 'pushurl=p');
    expect(pick([push])).toEqual({
      url: undefined,
      problem: {
        note: 'The remote mirror has a pushurl and no url.',
        remedy: 'Give it a url: "git remote set-url mirror URL".',
      },
    });
    expect(pick([push, remote('upstream', 'u')])).toMatchObject({ url: 'u' });
    const includes = [set('include', undefined, 'path=../own'), set('includeif', 'gitdir:/x', 'path=~/work')];
    expect(pick(includes)).toMatchObject({
      problem: { note: expect.stringMatching(/It includes \.\.\/own, ~\/work, and .* not read/) },
    });
    expect(pick([set('remote', '$(x)', 'pushurl=p')])).toMatchObject({
      problem: { remedy: expect.stringContaining('"git remote set-url NAME URL"') },
    });
  });

  it.each([
    ['remote', 'no url', (bad: string) => [set('remote', bad, 'pushurl=p')]],
    ['remote', 'several', (bad: string) => [remote(bad, 'u'), remote('b', 'v')]],
    ['include', 'an included file', (bad: string) => [set('include', undefined, `path=${bad}`)]],
    ['remote of a branch', 'no remote', (bad: string) => [set('branch', 'main', `remote=${bad}`)]],
    [
      'remote of a branch',
      'several',
      (bad: string) => [remote('a', 'u'), remote('b', 'v'), set('branch', 'main', `remote=${bad}`)],
    ],
  ])('shows no token that is in the name of a %s (%s)', (_, __, settings) => {
    const token = `ghp_${'Ab12'.repeat(9)}`;
    for (const bad of [`https://bob:ghp_SECRET@a.example/c`, `https://h.example/a?x=${token}`, token]) {
      const { problem } = pick(settings(bad)) as { problem?: { note: string; remedy?: string } };
      expect(problem?.note).toBeDefined();
      expect(`${problem?.note} ${problem?.remedy}`).not.toMatch(/SECRET|Ab12/);
    }
    const picked = pickRemote([remote('a', 'u'), remote('b', 'v')], () => 'https://bob:ghp_SECRET@x');
    expect(JSON.stringify(picked)).not.toContain('SECRET');
  });

  it('is none if the branch names no remote, with the reason', () => {
    const names = (value: string) => set('branch', 'm', `remote=${value}`);
    const note = (settings: GitSetting[]) =>
      (pick(settings, 'm') as { problem?: { note: string } }).problem?.note;
    expect(note([names('https://h.example/a/b')])).toBe(
      'The branch m names the URL https://h.example/a/b, not a remote by its name.',
    );
    expect(note([names('gone')])).toContain('m names gone, which is no remote with a url.');
    expect(note([names('.')])).toBeUndefined();
    const two = [remote('a', 'u'), remote('b', 'v')];
    expect(note([...two, names('.')])).toContain('the branch m names another branch of this repository.');
    expect(note([...two, names('gone')])).toContain(
      'the branch m names gone, which is no remote with a url.',
    );
  });
});

describe('a short form of a remote', () => {
  it.each(['gh:acme/widget', 'git@work:acme/widget.git', 'hub://acme/widget', 'acme/widget'])(
    'is %s',
    (url) => {
      expect(isShortForm(url)).toBe(true);
    },
  );

  it.each([
    ...[
      'https://github.com/a/b',
      'git@github.com:a/b.git',
      'ssh://git@[::1]:22/a/b',
      'http://localhost:3000/a/b',
    ],
    ...['https://intranet/a/b', 'ssh://git@gitserver/a/b', 'http://gitea:3000/a/b'],
    ...['file:///srv/a', '/srv/a', './a', '../a', 'ext::sh -c x'],
  ])('is not %s', (url) => {
    expect(isShortForm(url)).toBe(false);
  });

  it('is what git makes of it: the longest beginning that fits is replaced', () => {
    const folder = mkdtempSync(join(tmpdir(), 'doi-short-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const rules = { 'git@b.example:': 'gh:acme/', 'https://a.example/': 'gh:', 'ssh://c.example/': 'hub://' };
    const text = Object.entries(rules).map(([base, short]) => `[url "${base}"]\n\tinsteadOf = ${short}\n`);
    writeFileSync(join(folder, 'config'), text.join(''));
    for (const url of ['gh:acme/widget', 'gh:else/widget', 'hub://a/b', 'other:a/b']) {
      const env = {
        PATH: process.env['PATH'],
        GIT_CONFIG_GLOBAL: join(folder, 'config'),
        GIT_CONFIG_NOSYSTEM: '1',
      };
      const said = execFileSync('git', ['ls-remote', '--get-url', url], { cwd: '/', env, encoding: 'utf8' });
      expect(expandUrl(url, parseGitConfig(text.join(''))), url).toBe(said.trim());
    }
  });
});
