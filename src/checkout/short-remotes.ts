/** Short forms of remotes, which only one machine understands (`gh:acme/widget`), and the URLs that git uses for them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parseGitRemote, splitRemote } from '../domain/git-remote.js';
import { findProgram } from '../platform/process/find-program.js';
import type { GitSetting } from './parse-git-config.js';
import { asWord, type RemoteProblem } from './pick-remote.js';

const SCHEMES = /^(?:git\+)?(?:https?|ssh|git|file)$/;

/**
 * Whether a URL names no provider that other machines know: a host without a dot and without a scheme (`gh:acme/widget`),
 * which ssh's configuration may define, or an unknown scheme or form. With a scheme such a host is one of the network
 * (`https://intranet/a/b`). Other URLs are kept even if git would use another, such as a mirror's: pushes name the provider.
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

/** What a person should know about a short form that no setting expands; undefined for what is no remote at all. */
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

/** Returns the settings; undefined if they are unknown. */
export type OwnUrlRules = () => Promise<readonly GitSetting[] | undefined>;

export const NO_RULES: OwnUrlRules = () => Promise.resolve(undefined);

const run = promisify(execFile);
const LIMITS = { timeout: 5_000, killSignal: 'SIGKILL', maxBuffer: 1024 * 1024 } as const;
const ARGUMENTS = ['config', '--null', '--get-regexp', '^url\\..*\\.insteadof$'];
// The root folder may be a checkout too.
const NO_REPOSITORY = '/dev/null';
// PATH, and the variables that decide which files git reads for this person.
const VARIABLES =
  /^(?:PATH|HOME|XDG_CONFIG_HOME|GIT_CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|(?:KEY|VALUE)_\d+))$/;

/** Reads them by git, outside of every checkout, when first needed, and once. @param environment this process's */
export function ownUrlRules(environment: Environment): OwnUrlRules {
  let asked: ReturnType<OwnUrlRules> | undefined;
  return () => {
    asked ??= askGit(environment);
    return asked;
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
    // 1: there are none. Else git or its configuration is broken, which must not prevent registering.
    return (error as { code?: unknown }).code === 1 ? [] : undefined;
  }
}

/** @param entry the key, a line feed, the value */
function toSetting(entry: string): GitSetting[] {
  const [, subsection, value] = /^url\.([\s\S]*)\.insteadof\n([\s\S]*)$/.exec(entry) ?? [];
  if (subsection === undefined || value === undefined) return [];
  return [{ section: 'url', subsection, key: 'insteadof', value }];
}
