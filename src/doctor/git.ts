/** Checks the git of this host, which reads bare repositories and fetches mirrors. */
import { type Environment, NO_ISOLATION } from '../checker/isolation.js';
import { runSubprocess } from '../checker/run-subprocess.js';
import { INSTALL_GIT, isNewEnough } from '../git/objects/git-release.js';
import { findProgram } from '../platform/process/find-program.js';
import { type Check, ok, problem } from './check.js';

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
  if (version === undefined)
    return problem(
      'git',
      'No git is on the PATH: bare repositories and mirrors cannot be judged.',
      INSTALL_GIT,
    );
  return isNewEnough(version) ? ok('git', version) : problem('git', `${version} is too old.`, INSTALL_GIT);
}
