/** Real git repositories for tests: a remote, and clones of it, that no configuration of the user's reaches. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What keeps git from reading anything but the repository's own configuration. */
export const PLAIN_GIT = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
};
const WHO = {
  GIT_AUTHOR_NAME: 'n',
  GIT_AUTHOR_EMAIL: 'n@example.org',
  GIT_COMMITTER_NAME: 'n',
  GIT_COMMITTER_EMAIL: 'n@example.org',
};

export function git(folder: string, ...args: string[]): string {
  const env = { PATH: process.env['PATH'], HOME: folder, ...PLAIN_GIT, ...WHO };
  return execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', env, stdio: 'pipe' }).trim();
}

/** Writes a file, commits it, and returns the commit. */
export function commit(folder: string, file: string, text = file): string {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '-m', `write ${file}`);
  return git(folder, 'rev-parse', 'HEAD');
}

/** Makes an empty remote, and a clone of it with one commit that is pushed. */
export function makeRemote(folder: string): { remote: string; author: string } {
  const remote = join(folder, 'remote.git');
  const author = join(folder, 'author');
  mkdirSync(folder, { recursive: true });
  git(folder, 'init', '-q', '--bare', '-b', 'main', remote);
  git(folder, 'clone', '-q', remote, author);
  git(author, 'checkout', '-q', '-B', 'main');
  commit(author, 'README.md');
  push(author);
  return { remote, author };
}

export function push(folder: string): void {
  git(folder, 'push', '-q', '-u', 'origin', 'HEAD');
}

export function clone(remote: string, to: string): string {
  git(dirname(remote), 'clone', '-q', remote, to);
  return to;
}
