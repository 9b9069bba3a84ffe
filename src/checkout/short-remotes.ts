/** Expands short forms of remotes (`gh:acme/widget`), which only the git or ssh of one person understands. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parseGitRemote, splitRemote } from '../domain/git-remote.js';
import { findProgram } from '../platform/process/find-program.js';
import type { GitSetting } from './parse-git-config.js';
import { asWord, type RemoteProblem } from './pick-remote.js';

const SCHEMES = /^(?:git\+)?(?:https?|ssh|git|file)$/;

/**
 * Whether a URL has a short form: a host without a dot and without a scheme (`gh:acme/widget`), which may be an alias of
 * ssh, or a scheme or form that git does not define. With a scheme such a host is one of the network
 * (`https://intranet/a/b`). Other URLs are not expanded even where git would replace them, as by a mirror: a push names the
 * provider.
 */
export function isShortForm(url: string): boolean {
  const parts = splitRemote(url);
  // A remote helper, and a path.
  if (/^[\w.+-]*::|^\.{0,2}\//.test(url)) return false;
  if (typeof parts === 'string') return true;
  const { scheme, host } = parts;
  if (scheme !== undefined) return !SCHEMES.test(scheme);
  return host !== '' && !/[.:]/.test(host) && host.toLowerCase() !== 'localhost';
}

/** The URL that git would use: the longest beginning that a `url.<base>.insteadOf` names is replaced by that base. */
export function expandUrl(url: string, settings: readonly GitSetting[]): string {
  let best: GitSetting | undefined;
  for (const setting of settings) {
    const isRule = setting.section === 'url' && setting.key === 'insteadof' && setting.value !== '';
    if (isRule && url.startsWith(setting.value) && setting.value.length > (best?.value.length ?? 0))
      best = setting;
  }
  return best?.subsection === undefined ? url : best.subsection + url.slice(best.value.length);
}

/** What a person should know of a short form that could not be expanded; undefined for what is no remote at all. */
export function describeShortForm(url: string, name: string): RemoteProblem | undefined {
  const remote = parseGitRemote(url);
  if (!remote.ok) return undefined;
  const shown = remote.shown === undefined ? '' : ` ${remote.shown}`;
  return {
    note: `Its remote${shown} names a host by a short name, as ssh or git may know it here. A push that names the provider's full address will not match it.`,
    remedy: `To match, set that address: "git remote set-url ${asWord(name)} URL".`,
  };
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Gives the `insteadOf` settings of this person; undefined where they cannot be read. */
export type OwnUrlRules = () => Promise<readonly GitSetting[] | undefined>;

export const NO_RULES: OwnUrlRules = () => Promise.resolve(undefined);

const run = promisify(execFile);
const LIMITS = { timeout: 5_000, killSignal: 'SIGKILL', maxBuffer: 1024 * 1024 } as const;
const ARGUMENTS = ['config', '--null', '--get-regexp', '^url\\..*\\.insteadof$'];
// The folder that git is run in may be a checkout too, so git gets a repository that is none.
const NO_REPOSITORY = '/dev/null';
// PATH, and the variables by which git finds this person's configuration files.
const VARIABLES =
  /^(?:PATH|HOME|XDG_CONFIG_HOME|GIT_CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|(?:KEY|VALUE)_\d+))$/;

/** Runs git for the settings, outside of every checkout, once, on the first call. @param environment this process's */
export function ownUrlRules(environment: Environment): OwnUrlRules {
  let rules: ReturnType<OwnUrlRules> | undefined;
  return () => {
    rules ??= askGit(environment);
    return rules;
  };
}

async function askGit(environment: Environment): Promise<GitSetting[] | undefined> {
  const git = findProgram('git', environment['PATH'] ?? '');
  if (git === undefined) return undefined;
  const env = Object.fromEntries(Object.entries(environment).filter(([name]) => VARIABLES.test(name)));
  try {
    const { stdout } = await run(git, ARGUMENTS, {
      ...LIMITS,
      cwd: '/',
      env: { ...env, GIT_DIR: NO_REPOSITORY },
    });
    return stdout.split('\0').flatMap(toSetting);
  } catch (error) {
    // 1: there are none. Else git or its configuration is broken, which must not stop a registration.
    return (error as { code?: unknown }).code === 1 ? [] : undefined;
  }
}

/** @param entry the key, a line feed, the value */
function toSetting(entry: string): GitSetting[] {
  const [, subsection, value] = /^url\.([\s\S]*)\.insteadof\n([\s\S]*)$/.exec(entry) ?? [];
  if (subsection === undefined || value === undefined) return [];
  return [{ section: 'url', subsection, key: 'insteadof', value }];
}
