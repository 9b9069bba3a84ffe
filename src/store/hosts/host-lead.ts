/**
 * Which worker leads a host. Workers of one host look at the same checkouts; where two do not agree on what they see, or
 * on the rules, one of them leads and the other stands aside, or both would judge in turns for ever.
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

export interface HostLeadSettings {
  readonly sql: Sql;
  readonly host: string;
  /** What people call the machine that it runs on. */
  readonly machine: string;
  readonly release: Release;
  /** After so long without a look, in milliseconds, a worker leads no longer. */
  readonly silentMs: number;
}

/** A checkout as this worker sees it, and what is recorded of it. */
export interface SeenCheckout {
  readonly registry: {
    readonly slug: string;
    readonly claimedBy: string | null;
    /** The fingerprint that the home host last recorded. */
    readonly observed: string | null;
    /** The database's time just before that was read, in ISO 8601 with microseconds. */
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
  /** When the last full look of the host began, in ISO 8601 with microseconds. */
  readonly heartbeat: string;
}

/** What this worker knows of its host's lead. */
export class HostLead {
  readonly #settings: HostLeadSettings;
  readonly #worker = randomUUID();
  /** The worker that leads where that is another one; null until the first look. */
  #leader: Leader | null | undefined = null;
  /** Since when which repository's checkout is another one here than what is recorded. */
  readonly #differing = new Map<string, string>();
  #differences = 0;
  #why: DoiError | undefined;
  #isSure = false;
  /** When this worker last said that it goes on, by a clock that never goes back. */
  #keptAt = 0;

  constructor(settings: HostLeadSettings) {
    this.#settings = settings;
  }

  /** Why this worker is to judge nothing; undefined where it may. */
  get why(): DoiError | undefined {
    return this.#why;
  }

  /** Whether a newer build leads, so that this worker is to look at nothing either. */
  get isOlder(): boolean {
    return this.#why?.code === 'older_release';
  }

  /**
   * Begins a look: takes the lead where nobody has it, where its worker is not heard of, or from an older build.
   * @throws {DoiError} `older_release` where a newer build leads; `database_unavailable`
   */
  async take(): Promise<void> {
    const leader = await takeLead(this.#settings, this.#worker);
    this.#leader = leader;
    this.#differences = 0;
    this.#isSure = false;
    this.#keptAt = performance.now();
    if (leader !== undefined && isNewerRelease(releaseOf(leader), this.#settings.release)) {
      this.#why = newerLeads(leader, this.#settings);
      throw this.#why;
    }
    // Whether it sees the same checkouts, this look finds out.
    if (this.isOlder) this.#why = undefined;
  }

  /**
   * Compares what this worker sees with what the worker that leads has recorded.
   * @returns why this repository is to be left to that worker; undefined where it is not
   */
  compare({ registry, checkout }: SeenCheckout): DoiError | undefined {
    const leader = this.#leader;
    const { slug, claimedBy, observed, readAt } = registry;
    const { host } = this.#settings;
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
    // A checkout that was replaced is recorded at the next look of the worker that leads. It has looked, and stands by it.
    this.#isSure ||= leader !== null && leader.heartbeat > since;
    this.#why = otherCheckouts(
      leader,
      host,
      `for ${slug} it recorded ${recorded}; this worker sees ${checkout}`,
    );
    return this.#why;
  }

  /**
   * Ends a whole look.
   * @returns whether all of it agreed with what is recorded, so that it may be vouched for
   * @throws {DoiError} `host_shared` where the worker that leads sees other file systems
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

  /** Says in the middle of a long look that this worker goes on, where it leads. */
  async keep(): Promise<void> {
    const { sql, host, silentMs } = this.#settings;
    if (this.#leader !== undefined || performance.now() - this.#keptAt < silentMs / 4) return;
    this.#keptAt = performance.now();
    await statement(sql`
      update doi_host set worker_at = clock_timestamp() where host = ${host} and worker = ${this.#worker}`);
  }

  /** Gives the lead back, so that the next worker need not wait. */
  async close(): Promise<void> {
    const { sql, host } = this.#settings;
    const given = sql`update doi_host set worker = null where host = ${host} and worker = ${this.#worker}`;
    // Where the database is away or silent, the lead ends by its age.
    await endsWithin(Promise.resolve(given), CLOSE_LIMIT_MS).catch(() => {});
  }
}

function newerLeads(leader: Leader, { host, release }: HostLeadSettings): DoiError {
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

/** @returns who leads, where that is not this worker */
async function takeLead(settings: HostLeadSettings, worker: string): Promise<Leader | undefined> {
  const { sql, host, machine, release, silentMs } = settings;
  const [leader] = await statement(sql<Leader[]>`
    select worker, machine, version, build, ${isWithin(sql, 'worker_at', silentMs)} as alive,
      ${iso(sql, 'heartbeat', 'US')} as heartbeat
    from doi_host where host = ${host}`);
  if (leader === undefined) return undefined;
  const isFree = leader.worker === null || leader.worker === worker || !leader.alive;
  if (!isFree && !isOlder(leader, release)) return leader;
  // Only from whom it was seen with: of two that take it at once one leads.
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
