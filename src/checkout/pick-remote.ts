/** Picks the remote that stands for a repository from the remotes of its configuration. */
import { parseGitRemote } from '../domain/git-remote.js';
import { hideSecrets } from '../domain/hide-secrets.js';
import type { GitSetting } from './parse-git-config.js';

export type PickedRemote =
  | { readonly name: string; readonly url: string }
  | { readonly url: undefined; readonly problem?: RemoteProblem | undefined };

/** What a person should know of a remote and do about it. Secrets are hidden, control characters are still in it. */
export interface RemoteProblem {
  readonly note: string;
  readonly remedy?: string | undefined;
}

interface Remote {
  /** The first of several, from which git fetches. */
  readonly url: string | undefined;
}

const MAX_NAMED = 5;

/**
 * Picks `origin`, else the only remote, else the one of the branch that is checked out.
 * @param readBranch called only where the branch decides
 */
export function pickRemote(settings: readonly GitSetting[], readBranch: () => string | null): PickedRemote {
  const remotes = readRemotes(settings);
  const urls = new Map([...remotes].flatMap(([name, { url }]) => (url === undefined ? [] : [[name, url]])));
  const pick = (name: string | undefined) => {
    const url = name === undefined ? undefined : urls.get(name);
    return name === undefined || url === undefined ? undefined : { name, url };
  };
  const only = urls.size === 1 ? [...urls.keys()][0] : undefined;
  const picked = pick('origin') ?? pick(only);
  if (picked !== undefined) return picked;
  if (urls.size === 0) {
    const problem = describeNone([...remotes.keys()], settings) ?? describeUnmade(settings, readBranch);
    return { url: undefined, problem };
  }
  const branch = readBranch();
  const named = remoteOf(settings, branch);
  return pick(named) ?? { url: undefined, problem: describeMany([...urls.keys()], branch, named) };
}

function readRemotes(settings: readonly GitSetting[]): Map<string, Remote> {
  const remotes = new Map<string, Remote>();
  for (const { section, subsection, key, value } of settings) {
    if (section !== 'remote' || subsection === undefined || value === '') continue;
    if (key !== 'url' && key !== 'pushurl') continue;
    const { url } = remotes.get(subsection) ?? {};
    remotes.set(subsection, { url: url ?? (key === 'url' ? value : undefined) });
  }
  return remotes;
}

/** The remote of a branch: as for git, the last setting counts. */
function remoteOf(settings: readonly GitSetting[], branch: string | null): string | undefined {
  return settings.findLast(
    (each) => each.section === 'branch' && each.subsection === branch && each.key === 'remote',
  )?.value;
}

function describeMany(
  names: readonly string[],
  branch: string | null,
  remote: string | undefined,
): RemoteProblem {
  const more = names.length > MAX_NAMED ? ', …' : '';
  const named = names.slice(0, MAX_NAMED).map(showName).join(', ') + more;
  const ofBranch =
    branch === null
      ? 'no branch is checked out that has one'
      : remote === undefined
        ? `none is set for the branch ${showName(branch)}`
        : `the branch ${showName(branch)} names ${showNamed(remote)}`;
  return {
    note: `There are ${names.length} remotes (${named}), none is called origin, and ${ofBranch}.`,
    remedy:
      'Say which it is, by "git branch --set-upstream-to=NAME/BRANCH" or "git remote rename NAME origin".',
  };
}

function describeNone(names: readonly string[], settings: readonly GitSetting[]): RemoteProblem | undefined {
  const [name] = names;
  const files = settings.flatMap(({ section, key, value }) =>
    (section === 'include' || section === 'includeif') && key === 'path' ? [value] : [],
  );
  if (name !== undefined)
    return {
      note: `The remote ${showName(name)} has a pushurl and no url.`,
      remedy: `Give it a url: "git remote set-url ${asWord(name)} URL".`,
    };
  if (files.length === 0) return undefined;
  return {
    note: `There is none in the repository's configuration itself. It includes ${files.slice(0, MAX_NAMED).map(showPath).join(', ')}, and included files are not read.`,
    remedy: 'Set it in the repository itself: "git config --local remote.origin.url URL".',
  };
}

/** The problem of a branch that names a remote which was never added. */
function describeUnmade(
  settings: readonly GitSetting[],
  readBranch: () => string | null,
): RemoteProblem | undefined {
  if (!settings.some(({ section, key }) => section === 'branch' && key === 'remote')) return undefined;
  const branch = readBranch();
  const named = remoteOf(settings, branch);
  if (branch === null || named === undefined || named === '.') return undefined;
  return {
    note: `The branch ${showName(branch)} names ${showNamed(named)}.`,
    remedy: 'Make one: "git remote add origin URL".',
  };
}

/** Shows a branch's remote that is not configured: it may be a URL, which git also accepts there. */
function showNamed(named: string): string {
  if (named === '.') return 'another branch of this repository';
  const remote = isWord(named) ? undefined : parseGitRemote(named);
  if (remote?.ok)
    return remote.shown === undefined
      ? 'a URL'
      : `the URL ${hideSecrets(remote.shown)}, not a remote by its name`;
  return `${showName(named)}, which is no remote with a url`;
}

/** Shows a name of a remote or branch, which may hold anything, a URL with a password too. */
function showName(name: string): string {
  return isWord(name) ? hideSecrets(name) : '(its name is not shown)';
}

function showPath(path: string): string {
  const text = hideSecrets(path);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function isWord(name: string): boolean {
  return /^[\w./-]{1,60}$/.test(name);
}

/** A name as a word of a command that people copy. */
export function asWord(name: string): string {
  return isWord(name) && !name.startsWith('-') && hideSecrets(name) === name ? name : 'NAME';
}
