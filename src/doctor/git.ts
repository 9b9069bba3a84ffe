/** Checks the git of this host, which reads bare repositories and fetches mirrors. */
import { type Environment, NO_ISOLATION } from '../checker/isolation.js';
import { runSubprocess } from '../checker/run-subprocess.js';
import { findProgram } from '../platform/process/find-program.js';
import { type Check, ok, problem } from './check.js';

/** The oldest git whose `cat-file` reads commands, by which objects are read. */
const OLDEST = [2, 36] as const;
const LIMIT_MS = 5000;

/** What `git --version` prints; undefined where there is no git. @throws {DoiError} `host_exhausted` */
export async function readGitVersion(environment: Environment): Promise<string | undefined> {
  if (findProgram('git', environment['PATH'] ?? '') === undefined) return undefined;
  const run = { argv: ['git', '--version'], cwd: '/', environment, isolation: NO_ISOLATION };
  const { stdout } = await runSubprocess({ ...run, timeoutMs: LIMIT_MS });
  return stdout.head.trim();
}

/** @param version as {@link readGitVersion} returns it */
export function judgeGit(version: string | undefined): Check {
  const oldest = OLDEST.join('.');
  const remedy = `Install git ${oldest} or later, such as "apt-get install git", on the PATH of the worker.`;
  if (version === undefined)
    return problem('git', 'No git is on the PATH: bare repositories and mirrors cannot be judged.', remedy);
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).map(Number);
  const isEnough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  return isEnough ? ok('git', version) : problem('git', `${version} is too old.`, remedy);
}
