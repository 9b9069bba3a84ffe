/** The state of one job as it passes through the steps. */
import type { CompleteNow } from '../inputs/complete-now.js';
import { toObservationAt } from '../inputs/record-now.js';
import type { Clock } from '../platform/clock.js';
import type { Basis } from '../store/evaluations/read-basis.js';
import type { HostLead } from '../store/hosts/host-lead.js';
import type { Observation } from '../store/hosts/record-observations.js';
import type { StartedKey } from '../store/requests/end-requests.js';
import type { StartedRequest } from '../store/requests/start-requests.js';
import type { ContactEnd, ContactingJob } from './contact-end.js';
import type { EvaluateDependencies } from './evaluate.js';
import type { FailureDeps } from './failure.js';
import type { StepOutcome } from './outcome.js';
import type { UpdateDependencies, UpdateEnd } from './update-checkout.js';

export interface HandleDependencies extends EvaluateDependencies, FailureDeps, UpdateDependencies {
  readonly clock: Clock;
  /** Starts the open request of a repository, as `startRequest` does. */
  readonly start: (repoId: string) => Promise<StartedRequest | undefined>;
  /** Reads what the evaluation starts from, as `readBases` does; called after the start. */
  readonly basis: (repoId: string) => Promise<Basis | undefined>;
  /** Contacts the remote of a mirror that this host keeps. */
  readonly contact: (repoId: string, job: ContactingJob) => Promise<ContactEnd>;
  /** Which worker leads this host, where there may be several. */
  readonly lead?: HostLead;
}

/** A job, and what is known of it for the log and for the case that a step throws. */
export interface Job {
  readonly repoId: string;
  /** Aborts when the worker stops or has lost the job's lock. */
  readonly signal: AbortSignal;
  /** The number of this start for one wake-up, from 1. */
  readonly round: number;
  /** Undefined before the start. */
  readonly started: StartedRequest | undefined;
  /** Undefined before the registry was read. */
  readonly slug: string | undefined;
  /** The versions of now as one text; null before the probe. */
  readonly fingerprint: string | null;
  /** How the update of the checkout ended; of an earlier round where that updated it and this one had nothing to do. */
  readonly update: UpdateEnd;
}

export interface StartedJob extends Job {
  readonly started: StartedRequest;
  /** When it was started, by this host's clock, in milliseconds since the epoch. */
  readonly began: number;
}

/** A job that has read what the database knows. */
export interface PreparedJob extends StartedJob, Basis {}

/** A job that has read the versions of now. */
export interface ProbedJob extends PreparedJob {
  readonly now: CompleteNow;
}

/** A job that has brought the checkout up to date, where that was due. */
export interface UpdatedJob extends ProbedJob {
  /** Whether the update may have changed the checkout since `now`. */
  readonly isChanged: boolean;
}

export interface EndedJob extends Job {
  readonly outcome: StepOutcome;
}

/** The key that names the job's start in the database. */
export function toKey({ repoId, started }: Pick<StartedJob, 'repoId' | 'started'>): StartedKey {
  const { seq, startedAt, observation } = started;
  return { repoId, seq, startedAt, observation };
}

/** Dated with the database's time of the start: it lies before the probe, and no clock set in between can change it. */
export function toObservation({ now, registry, started }: ProbedJob): Observation {
  // A contact of this job began after its start: the record must not claim the mirror for an earlier time.
  return toObservationAt(now, registry.source?.mirrorHost ? registry.readAt : started.startedAt);
}
