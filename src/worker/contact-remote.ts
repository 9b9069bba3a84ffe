/** The step of a job that contacts the remote of a mirror before it is probed. */
import { DoiError } from '../domain/errors.js';
import { isOfPerson, PRIORITY } from '../domain/request.js';
import { makeDue } from '../store/mirrors/contacts.js';
import { deferRequest } from '../store/requests/end-requests.js';
import { type EndedJob, type HandleDependencies, type PreparedJob, type ProbedJob, toKey } from './job.js';
import { DEFER_MS } from './still-fetching.js';

/**
 * Contacts the remote of a mirror that was never reached, that was pushed to since, that a person waits for, or whose
 * objects could not be read, which makes it again. A later contact that fails is recorded beside the row, and the mirror is
 * judged as it is. A contact that takes long defers the job, which would keep others waiting.
 * @throws {DoiError} `remote_…`, `branch_missing` where there is nothing to judge yet
 */
export async function contactRemote(
  deps: HandleDependencies,
  job: PreparedJob,
): Promise<PreparedJob | EndedJob> {
  const { source, repoId } = job.registry;
  const { started, signal } = job;
  if (source === null || source.mirrorHost !== deps.host) return job;
  const isNew = source.contactedAt === null;
  const { failed } = job.last;
  const isDamaged = failed?.code === 'objects_unreadable' && failed.retryMs <= 0;
  const isUrgent = started.priority === PRIORITY.person;
  if (!isNew && !isUrgent && !job.last.isPushed && !isDamaged) return job;
  const wanted = { seq: started.seq, isPerson: isOfPerson(started), isDamaged, signal };
  const end = await deps.contact(repoId, wanted);
  if (end.state === 'under-way') {
    const { fingerprint } = job;
    await deferRequest(deps.sql, toKey(job), { retryMs: DEFER_MS, fingerprint, isUnderWay: true });
    return { ...job, outcome: { end: 'waiting', retryMs: DEFER_MS } };
  }
  if (isNew && end.state === 'failed') throw end.error;
  if (isNew && end.state === 'left-alone') throw leftAlone();
  if (end.state !== 'reached') return job;
  // The contact has changed what the database knows of the source.
  const basis = await deps.basis(repoId);
  return basis === undefined ? job : { ...job, ...basis };
}

/** @param server as a subject */
export function leftAlone(server = "The remote's server"): DoiError {
  return new DoiError(
    'remote_unreachable',
    `${server} refused or did not answer before, and the worker leaves it alone for a while.`,
    '"doi doctor" shows what it answers; the worker tries again by itself.',
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
  if (registry.source?.mirrorHost !== host || now.probe.bare !== null) return;
  await makeDue(sql, repoId);
  const found = 'The mirror is not on this host, or not whole.';
  throw new DoiError('remote_failed', found, 'The worker fetches it again by itself.');
}
