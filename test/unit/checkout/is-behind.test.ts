/** Tests of telling whether a pushed commit is not checked out, against what git itself leaves behind. */
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readHead } from '../../../src/checkout/read-head.js';
import { clone, commit, git, makeRemote, push } from '../../helpers/git-repository.js';
import { makeFifo, tempFolder } from '../inputs/checkout-files.js';

let author: string;
let checkout: string;
/** Pushed by the author, and not pulled by the checkout yet. */
let pushed: string;
beforeEach(() => {
  const folder = tempFolder();
  const made = makeRemote(folder);
  author = made.author;
  checkout = clone(made.remote, join(folder, 'checkout'));
  pushed = commit(author, 'new.md');
  push(author);
});

const behind = (folder: string, head = pushed, branch = 'main') => readHead(folder, { branch, head }).behind;

describe('a checkout', () => {
  it('is behind until what was pushed is pulled', () => {
    expect(behind(checkout)).toBe(true);
    git(checkout, 'pull', '-q', '--ff-only');
    expect(behind(checkout)).toBe(false);
    expect(behind(checkout, pushed.toUpperCase())).toBe(false);
  });

  it('is behind where it only fetched, and where it only has commits of its own', () => {
    git(checkout, 'fetch', '-q');
    expect(behind(checkout)).toBe(true);
    commit(checkout, 'own.md');
    expect(behind(checkout)).toBe(true);
  });

  it('with commits on what it pushed itself is not behind, amended and packed ones included', () => {
    commit(author, 'later.md');
    expect(behind(author)).toBe(false);
    git(author, 'commit', '-q', '--amend', '-m', 'other words');
    git(author, 'gc', '-q');
    expect(behind(author)).toBe(false);
  });

  it('that rebased its own commits onto what was pushed is not behind', () => {
    commit(checkout, 'own.md');
    git(checkout, 'pull', '-q', '--rebase');
    expect(behind(checkout)).toBe(false);
  });

  it('that went to another branch and came back is not behind', () => {
    commit(author, 'later.md');
    git(author, 'checkout', '-q', '-b', 'topic');
    commit(author, 'topic.md');
    git(author, 'checkout', '-q', 'main');
    expect(behind(author)).toBe(false);
  });

  it('that was at the pushed commit only on another branch, or without one, is behind', () => {
    git(checkout, 'fetch', '-q');
    git(checkout, 'checkout', '-q', '--detach', pushed);
    git(checkout, 'checkout', '-q', 'main');
    expect(behind(checkout)).toBe(true);
    git(checkout, 'checkout', '-q', '-b', 'topic', pushed);
    git(checkout, 'checkout', '-q', 'main');
    expect(behind(checkout)).toBe(true);
  });

  it('on another branch or on none is not known to be behind, unless it is at that very commit', () => {
    git(checkout, 'fetch', '-q');
    git(checkout, 'checkout', '-q', '-b', 'topic');
    expect(behind(checkout)).toBeNull();
    git(checkout, 'checkout', '-q', '--detach');
    expect(behind(checkout)).toBeNull();
    git(checkout, 'checkout', '-q', '--detach', pushed);
    expect(behind(checkout)).toBe(false);
  });

  it('that is a linked working tree uses its own log', () => {
    const tree = join(tempFolder(), 'tree');
    git(checkout, 'worktree', 'add', '-q', '-b', 'two', tree);
    expect(behind(tree, pushed, 'two')).toBe(true);
    git(checkout, 'pull', '-q', '--ff-only');
    expect(behind(tree, pushed, 'two')).toBe(true);
    git(tree, 'merge', '-q', '--ff-only', 'main');
    commit(tree, 'own.md');
    expect(behind(tree, pushed, 'two')).toBe(false);
  });

  it('without a push to compare with is not known to be behind', () => {
    expect(readHead(checkout)).toMatchObject({ branch: 'main', behind: null });
  });
});

describe('a log', () => {
  const log = () => join(checkout, '.git/logs/HEAD');
  const entry = (was: string, now: string, words = 'commit: x') =>
    `${was} ${now} n <n@example.org> 0 +0000\t${words}\n`;

  it.each([
    'is not there',
    'is empty',
    'ends elsewhere',
    'is a pipe',
    'is a folder',
    'leads out',
    'is no log',
  ])('that %s leaves it unknown', (how) => {
    const outside = join(tempFolder(), 'log');
    writeFileSync(outside, entry(pushed, git(checkout, 'rev-parse', 'HEAD')));
    if (how === 'ends elsewhere') appendFileSync(log(), entry(pushed, pushed));
    else rmSync(log());
    if (how === 'is empty') writeFileSync(log(), '');
    if (how === 'is a pipe') makeFifo(log());
    if (how === 'is a folder') mkdirSync(log());
    if (how === 'leads out') symlinkSync(outside, log());
    if (how === 'is no log') writeFileSync(log(), Buffer.alloc(100_000, '\t\0 \xff', 'latin1'));
    expect(readHead(checkout, { branch: 'main', head: pushed })).toEqual({
      branch: 'main',
      commit: git(checkout, 'rev-parse', 'HEAD'),
      behind: null,
    });
  });

  it('is read from its end, and no more of it than that', () => {
    const head = git(checkout, 'rev-parse', 'HEAD');
    const filler = entry(head, head).repeat(1000);
    writeFileSync(log(), entry(head, pushed) + filler);
    expect(behind(checkout)).toBe(true);
    writeFileSync(log(), filler + entry(head, pushed) + entry(pushed, head));
    expect(behind(checkout)).toBe(false);
  });

  it('is read by the tab before git’s words, whatever stands in the name of who moved HEAD', () => {
    git(checkout, 'fetch', '-q');
    git(checkout, 'checkout', '-q', '-b', 'topic', pushed);
    git(checkout, 'checkout', '-q', 'main');
    writeFileSync(log(), readFileSync(log(), 'utf8').replaceAll(' n <', ' n\tn <'));
    expect(behind(checkout)).toBe(true);
  });

  it('that names the commit anywhere but as what HEAD became says nothing', () => {
    const head = git(checkout, 'rev-parse', 'HEAD');
    writeFileSync(
      log(),
      `${entry(pushed, head)}x${entry(head, pushed)}${head} ${pushed}\n${entry(head, head, pushed)}`,
    );
    expect(behind(checkout)).toBe(true);
  });

  it('of hostile lines is read in no time', () => {
    const head = git(checkout, 'rev-parse', 'HEAD');
    for (const text of [
      '\n',
      '\t',
      `${head} `,
      '\tcheckout: moving from ',
      `${head} ${head} \tcheckout: moving from \n`,
    ]) {
      writeFileSync(log(), `${text.repeat(200_000)}\n${entry(head, head)}`);
      const began = performance.now();
      expect(behind(checkout)).toBe(true);
      expect(performance.now() - began).toBeLessThan(500);
    }
  });
});
