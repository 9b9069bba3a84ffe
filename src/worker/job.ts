/** What handling a wake-up is handed from step to step, and how it can end. */

import { joinFingerprint } from '../domain/fingerprint.js';
import type { Basis } from '../store/evaluations/read-basis.js';
import type { HostLead } from '../store/hosts/host-lead.js';
import type { Observation } from '../store/hosts/record-observations.js';
import type { StartedKey } from '../store/requests/end-requests.js';
import type { StartedRequest } from '../store/requests/start-requests.js';
import type { EvaluateDependencies } from './evaluate.js';
import type { BrokenEnd, EndDependencies } from './failure.js';
import type { Observed } from './observe.js';
import type { UpdateDependencies, UpdateEnd } from './update-checkout.js';

export interface HandleDependencies extends EvaluateDependencies, EndDependencies, UpdateDependencies {
  /** Starts the open request of a repository, as `startRequest` does. */
  readonly start: (repoId: string) => Promise<StartedRequest | undefined>;
  /** Reads what it starts from, as `readBasis` does; called when it has started. */
  readonly basis: (repoId: string) => Promise<Basis | undefined>;
  /** Which worker leads this host, where there may be several. */
  readonly lead?: HostLead;
}

/** How handling a wake-up ended. */
export type Outcome =
  | { readonly end: 'nothing-asked' | 'not-mine' | 'gone' | 'older-release' | 'fresh' }
  | { readonly end: 'waiting'; readonly retryMs: number }
  | { readonly end: 'written'; readonly ran: number; readonly kept: number; readonly unsettled: boolean }
  | BrokenEnd;

/** One wake-up, as far as it is known: what is learnt on the way is kept for the log and for when it breaks. */
export interface Job {
  readonly repoId: string;
  readonly signal: AbortSignal;
  started: StartedRequest | undefined;
  slug: string | undefined;
  /** What was observed; null before. */
  fingerprint: string | null;
  /** What came of bringing the checkout up to date. */
  update: UpdateEnd;
}

export interface Started extends Job {
  readonly started: StartedRequest;
}

/** A started job with what it starts from. */
export interface Prepared extends Basis {
  readonly job: Started;
  readonly began: number;
}

export function toKey(repoId: string, { seq, startedAt, observation }: StartedRequest): StartedKey {
  return { repoId, seq, startedAt, observation };
}

/** What was seen, as of the database's time of the start: before the probe, and by no clock that may be set in between. */
export function seenBy(
  { registry: { repoId, claimedBy }, job }: Prepared,
  { versions }: Observed,
): Observation {
  return { repoId, claimedBy, fingerprint: joinFingerprint(versions), seenAt: job.started.startedAt };
}
