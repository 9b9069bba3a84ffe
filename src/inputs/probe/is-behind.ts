/** Tells whether a pushed commit is not checked out here, from git's log of what HEAD was: git itself is not run. */
import type { PushedCommit } from '../../domain/push.js';
import { type BytePath, bytePath } from './byte-path.js';
import type { GitFolders } from './git-config.js';
import { readInside } from './read-inside.js';

interface Head {
  readonly branch: string | null;
  readonly commit: string;
}

// Some 400 moves of HEAD.
const LOG_BYTES = 64 * 1024;
// The commit before, the commit since; a name, an address, a time, a tab and git's words follow.
const ENTRY = /^(?:[0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) /;
const MOVED = '\tcheckout: moving from ';

/**
 * Whether the checkout lacks what was pushed. It does not where HEAD is that commit, or where the branch was at it
 * lately: people's own checkouts are often ahead of what they pushed, and what they did since is theirs to do. The log
 * is the repository's own and may say anything: nothing of it is shown.
 * @returns null where that cannot be told: another branch or none is checked out, or no log says how it got here
 */
export function isBehind(git: GitFolders, head: Head, pushed: PushedCommit): boolean | null {
  const wanted = pushed.head.toLowerCase();
  if (head.commit === wanted) return false;
  if (head.branch !== pushed.branch) return null;
  const log = readLog(git.own);
  // A log that does not end where HEAD is was not kept, and says nothing about what is checked out.
  if (log.findLast((line) => line !== '')?.match(ENTRY)?.[1] !== head.commit) return null;
  return !wasAt(log, head.branch, wanted);
}

function readLog(folder: BytePath): string[] {
  const read = readInside(folder, { path: 'logs/HEAD', maxBytes: LOG_BYTES, tail: true });
  return read.state === 'present' ? read.bytes.toString('latin1').split('\n') : [];
}

/** Goes back through the log, which is that of all branches: a commit that was looked at on another one does not count. */
function wasAt(log: readonly string[], branch: string, wanted: string): boolean {
  const name = bytePath(branch);
  let isOn = true;
  for (const line of log.toReversed()) {
    if (isOn && ENTRY.exec(line)?.[1] === wanted) return true;
    // Git keeps tabs out of its words, and not out of names.
    const words = line.lastIndexOf('\t');
    if (line.startsWith(MOVED, words)) isOn = line.startsWith(`${name} to `, words + MOVED.length);
  }
  return false;
}
