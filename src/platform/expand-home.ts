/** Paths that begin with `~`. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A path with `~` at its start replaced by the home folder of the user that runs this process. */
export function expandHome(path: string): string {
  if (path === '~') return homedir();
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
}
