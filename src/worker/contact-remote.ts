/** The step of a job that contacts the remote of a mirror before it is probed. */
import { DoiError } from '../domain/errors.js';
import { PRIORITY } from '../domain/request.js';
import { makeDue } from '../store/mirrors/contacts.js';
import type { HandleDependencies, PreparedJob, ProbedJob } from './job.js';

/**
 * Contacts the remote of a mirror that was never reached, that was pushed to since, that a person waits for, or whose objects
 * could not be read, which makes it again. A later
 * contact that fails is recorded beside the row, and the mirror is judged as it is.
 * @throws {DoiError} `remote_…`, `branch_missing` where there is nothing to judge yet
 */
export async function contactRemote(deps: HandleDependencies, job: PreparedJob): Promise<PreparedJob> {
  const { source, repoId } = job.registry;
  if (source === null || source.mirrorHost !== deps.host) return job;
  const isNew = source.contactedAt === null;
  const isPerson = job.started.priority === PRIORITY.person;
  const isDamaged = job.last.failed?.code === 'objects_unreadable';
  if (!isNew && !isPerson && !job.last.isPushed && !isDamaged) return job;
  const end = await deps.contact(repoId, isDamaged);
  if (isNew && end.state === 'failed') throw end.error;
  if (isNew && end.state === 'left-alone') throw leftAlone();
  if (end.state !== 'reached') return job;
  // The contact has changed what the database knows of the source.
  const basis = await deps.basis(repoId);
  return basis === undefined ? job : { ...job, ...basis };
}

function leftAlone(): DoiError {
  return new DoiError(
    'remote_unreachable',
    'The server of its remote refused or did not answer before, and the worker leaves it alone for a while.',
    '"doi doctor" shows what the server answers; the worker tries again by itself.',
  );
}

/**
 * A mirror is the program's own, so that its folder is missing says nothing about the repository.
 * @throws {DoiError} `remote_failed`; the mirror is fetched again at once
 */
export async function requireMirror(
  { sql, host }: HandleDependencies,
  { registry, repoId, now }: ProbedJob,
): Promise<void> {
  if (registry.source?.mirrorHost !== host || now.probe.checkout.state === 'present') return;
  await makeDue(sql, repoId);
  const found = 'The mirror is not on this host any more.';
  throw new DoiError('remote_failed', found, 'The worker fetches it again by itself.');
}
