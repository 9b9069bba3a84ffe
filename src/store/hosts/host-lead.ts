/**
 * Decides which worker leads a host. All workers of a host probe the same checkouts. Where two of them see other file
 * systems, or judge by other rules, only the leader judges: otherwise both would overwrite each other's verdicts for ever.
 */
import { randomUUID } from 'node:crypto';
import { DoiError } from '../../domain/errors.js';
import { parseFingerprint } from '../../domain/fingerprint.js';
import {
  buildName,
  isNewerRelease,
  type Release,
  releaseVersion,
  sayRelease,
  storedRelease,
} from '../../domain/release.js';
import { iso, type Sql, statement } from '../../platform/postgres/sql.js';
import { endsWithin } from '../../platform/process/ends-within.js';
import { isWithin } from './heartbeat.js';

const CLOSE_LIMIT_MS = 1000;

export interface HostLeadOptions {
  readonly sql: Sql;
  readonly host: string;
  /** The system's name of the machine that it runs on, for messages. */
  readonly machine: string;
  readonly release: Release;
  /** After so long without a pass, in milliseconds, a worker leads no longer. */
  readonly silentMs: number;
}

/** A checkout as this worker sees it, and as the home host recorded it. */
export interface SeenCheckout {
  readonly registry: {
    readonly slug: string;
    readonly claimedBy: string | null;
    /** The fingerprint that the home host last recorded. */
    readonly observed: string | null;
    /** The database's time just before it was read, in ISO 8601 with microseconds. */
    readonly readAt: string;
  };
  /** The version of the input `checkout`; undefined where it could not be read. */
  readonly checkout: string | undefined;
}

interface Leader {
  readonly worker: string | null;
  readonly machine: string | null;
  readonly version: string;
  readonly build: string | null;
  readonly alive: boolean;
  /** When the last complete pass of the host began, in ISO 8601 with microseconds. */
  readonly heartbeat: string;
}

/** This worker's part in the lead of its host. */
export class HostLead {
  readonly #options: HostLeadOptions;
  readonly #worker = randomUUID();
  /** The leader; undefined where this worker leads, null until the first pass. */
  #leader: Leader | null | undefined = null;
  /** By repository: since when its checkout here differs from the recorded one. */
  readonly #differing = new Map<string, string>();
  #differences = 0;
  #why: DoiError | undefined;
  #isSure = false;
  /** When this worker last renewed its lead, by a clock that never goes back. */
  #keptAt = 0;

  constructor(options: HostLeadOptions) {
    this.#options = options;
  }

  /** Why this worker must judge nothing; undefined where it may. */
  get why(): DoiError | undefined {
    return this.#why;
  }

  /** Whether a newer build leads, so that this worker must not even probe. */
  get isOlder(): boolean {
    return this.#why?.code === 'older_release';
  }

  /**
   * Begins a pass: takes the lead where no worker has it, where the leader has been silent too long, or from an older build.
   * @throws {DoiError} `older_release` where a newer build leads; `database_unavailable`
   */
  async take(): Promise<void> {
    const leader = await takeLead(this.#options, this.#worker);
    this.#leader = leader;
    this.#differences = 0;
    this.#isSure = false;
    this.#keptAt = performance.now();
    if (leader !== undefined && isNewerRelease(releaseOf(leader), this.#options.release)) {
      this.#why = newerLeads(leader, this.#options);
      throw this.#why;
    }
    // This pass finds out whether it sees the same checkouts.
    if (this.isOlder) this.#why = undefined;
  }

  /**
   * Compares what this worker sees with what the leader has recorded.
   * @returns why only the leader may judge this repository; undefined where this worker may too
   */
  compare({ registry, checkout }: SeenCheckout): DoiError | undefined {
    const leader = this.#leader;
    const { slug, claimedBy, observed, readAt } = registry;
    const { host } = this.#options;
    if (leader === undefined || claimedBy !== host || observed === null || checkout === undefined)
      return undefined;
    const recorded = parseFingerprint(observed)?.checkout;
    if (recorded === undefined || recorded === checkout) {
      this.#differing.delete(slug);
      return undefined;
    }
    const since = this.#differing.get(slug) ?? readAt;
    this.#differing.set(slug, since);
    this.#differences += 1;
    // The lead made a pass since this worker first saw the difference, and recorded the same checkout again: they really
    // differ.
    this.#isSure ||= leader !== null && leader.heartbeat > since;
    this.#why = otherCheckouts(
      leader,
      host,
      `for ${slug} it recorded ${recorded}; this worker sees ${checkout}`,
    );
    return this.#why;
  }

  /**
   * Ends a complete pass.
   * @returns whether everything agreed with what is recorded, so that a heartbeat may cover it
   * @throws {DoiError} `host_shared` where the leader sees other file systems
   */
  agree(): boolean {
    if (this.#differences === 0) {
      this.#differing.clear();
      this.#isSure = false;
      this.#why = undefined;
    }
    if (this.#isSure && this.#why !== undefined) throw this.#why;
    return this.#differences === 0;
  }

  /** Renews the lead in the middle of a long pass, where this worker has it. */
  async keep(): Promise<void> {
    const { sql, host, silentMs } = this.#options;
    if (this.#leader !== undefined || performance.now() - this.#keptAt < silentMs / 4) return;
    this.#keptAt = performance.now();
    await statement(sql`
      update doi_host set worker_at = clock_timestamp() where host = ${host} and worker = ${this.#worker}`);
  }

  /** Releases the lead, so that the next worker need not wait. */
  async close(): Promise<void> {
    const { sql, host } = this.#options;
    const released = sql`update doi_host set worker = null where host = ${host} and worker = ${this.#worker}`;
    // Where the database does not answer, the lead ends by its age.
    await endsWithin(Promise.resolve(released), CLOSE_LIMIT_MS).catch(() => {});
  }
}

function newerLeads(leader: Leader, { host, release }: HostLeadOptions): DoiError {
  const found =
    `A newer build of doi-worker runs for the host ${host}${on(leader)}: ${sayRelease(releaseOf(leader).criteria)}; ` +
    `of this worker ${sayRelease(releaseVersion(release))}.`;
  return new DoiError('older_release', found, 'End this worker, or start it with the newer build.');
}

function otherCheckouts(leader: Leader | null, host: string, what: string): DoiError {
  const found = `Another worker of the host ${host}${on(leader)} sees other checkouts: ${what}.`;
  const remedy = 'Give each machine a DOI_HOST of its own; workers of one host need the same file systems.';
  return new DoiError('host_shared', found, remedy);
}

/** @returns the leader, where that is another worker */
async function takeLead(options: HostLeadOptions, worker: string): Promise<Leader | undefined> {
  const { sql, host, machine, release, silentMs } = options;
  const [leader] = await statement(sql<Leader[]>`
    select worker, machine, version, build, ${isWithin(sql, 'worker_at', silentMs)} as alive,
      ${iso(sql, 'heartbeat', 'US')} as heartbeat
    from doi_host where host = ${host}`);
  if (leader === undefined) return undefined;
  const isFree = leader.worker === null || leader.worker === worker || !leader.alive;
  if (!isFree && !isOlder(leader, release)) return leader;
  // Only while the lead is still with the worker that was read above: of two that take it at once, one gets it.
  const taken = await statement(sql`
    update doi_host set worker = ${worker}, worker_at = clock_timestamp(), machine = ${machine},
      build = ${buildName(release)}, version = ${release.version}
    where host = ${host} and worker is not distinct from ${leader.worker}`);
  return taken.count > 0 ? undefined : leader;
}

function releaseOf({ version, build }: Leader) {
  return { criteria: `${version}#${build?.split('#')[1] ?? ''}`, build };
}

function isOlder({ version, build }: Leader, ours: Release): boolean {
  const [builtAt = '', criteriaDigest = ''] = build?.split('#') ?? [];
  return isNewerRelease(storedRelease(ours), { version, builtAt, criteriaDigest });
}

function on(leader: Leader | null): string {
  return leader?.machine ? ` on the machine ${leader.machine}` : '';
}
