/** Finds the active repositories of a remote, however its URL is written. */
import type { Clock } from '../platform/clock.js';
import { type Sql, statement } from '../platform/postgres/sql.js';
import { remoteKey } from './normalize-remote.js';

export interface RemoteMatch {
  readonly repoId: string;
  readonly slug: string;
  /** The branch that is judged of a bare repository, where a person named one; null for the default branch. */
  readonly branch: string | null;
}

/** A row as the statement gives it. */
type Row = readonly [repoId: string, slug: string, remoteUrl: string, branch: string | null];

interface Table {
  /** When the read of it began, by the clock. */
  readonly at: number;
  /** How long the read took, in milliseconds. */
  readonly tookMs: number;
  /** The digest of what was read. */
  readonly digest: string;
  readonly byKey: ReadonlyMap<string, readonly RemoteMatch[]>;
}

/** How long a table may be used to find matches, in milliseconds. */
const READ_EVERY_MS = 1000;
/** A remote without a match causes another read at once, but reads take at most a quarter of the time. */
const REST_FACTOR = 3;

/**
 * The registered remotes by key. As long as remotes find a match they are read at most once a second, by one statement that
 * all callers share. That nothing matches is concluded only from a read that began after the call, so a repository that was
 * registered just before is found.
 */
export class RemoteIndex {
  readonly #sql: Sql;
  readonly #clock: Clock;
  #table: Table | undefined;
  #reading: Promise<Table> | undefined;
  /** The keys of the texts of the last table; undefined for a text that is no remote. */
  #keys = new Map<string, string | undefined>();

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
  }

  /**
   * All active repositories whose remote is one of these, each once, by slug.
   * @throws {DoiError} `database_unavailable`
   */
  async find(remotes: readonly string[]): Promise<RemoteMatch[]> {
    const keys = new Set(remotes.flatMap((remote) => remoteKey(remote) ?? []));
    if (keys.size === 0) return [];
    const called = this.#clock.now();
    const known = this.#table;
    const isRecent = known !== undefined && this.#isRecent(known);
    const table = isRecent ? known : await (this.#reading ?? this.#read());
    const found = match(table, keys);
    if (found.length > 0 || table.at >= called) return found;
    return match(await this.#readAfter(called), keys);
  }

  async #readAfter(called: number): Promise<Table> {
    const shared = await (this.#reading ?? this.#read());
    // A read that was under way already may have begun before the call.
    return shared.at >= called ? shared : (this.#reading ?? this.#read());
  }

  /** Reads the table, after the pause that the last read requires. */
  #read(): Promise<Table> {
    this.#reading = this.#readAfterPause().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readAfterPause(): Promise<Table> {
    const known = this.#table;
    if (known !== undefined && this.#isRecent(known)) {
      const next = known.at + Math.min((1 + REST_FACTOR) * known.tookMs, READ_EVERY_MS);
      await this.#clock.sleep(Math.max(0, next - this.#clock.now()));
    }
    const at = this.#clock.now();
    const { digest, list } = await readRemotes(this.#sql, known?.digest ?? '');
    const byKey = list === null && known !== undefined ? known.byKey : this.#group(list ?? '[]');
    this.#table = { at, tookMs: Math.max(0, this.#clock.now() - at), digest, byKey };
    return this.#table;
  }

  /** After the clock was set back, no table is recent. */
  #isRecent({ at }: Table): boolean {
    const age = this.#clock.now() - at;
    return age >= 0 && age < READ_EVERY_MS;
  }

  /** Groups a list by key; a text that the last list had keeps its key. */
  #group(list: string): Map<string, RemoteMatch[]> {
    const rows = JSON.parse(list) as Row[];
    const byKey = new Map<string, RemoteMatch[]>();
    const keys = new Map<string, string | undefined>();
    for (const [repoId, slug, remoteUrl, branch] of rows) {
      const key = this.#keys.has(remoteUrl) ? this.#keys.get(remoteUrl) : remoteKey(remoteUrl);
      keys.set(remoteUrl, key);
      if (key === undefined) continue;
      const same = byKey.get(key);
      if (same === undefined) byKey.set(key, [{ repoId, slug, branch }]);
      else same.push({ repoId, slug, branch });
    }
    this.#keys = keys;
    return byKey;
  }
}

function match({ byKey }: Table, keys: ReadonlySet<string>): RemoteMatch[] {
  const found = [...keys].flatMap((key) => byKey.get(key) ?? []);
  const distinct = new Map(found.map((one) => [one.repoId, one]));
  return [...distinct.values()].sort((one, other) => (one.slug < other.slug ? -1 : 1));
}

/**
 * Reads all remotes of active repositories, each with its branch, as one text, which is cheaper to receive than a row for each; null where its
 * digest is the known one. Locks nothing; reads the whole of managed_repos and doi_source.
 */
async function readRemotes(sql: Sql, known: string): Promise<{ digest: string; list: string | null }> {
  const [row] = await statement(sql<{ digest: string; list: string | null }[]>`
    select digest, case when digest <> ${known} then list end as list
    from (
      select list, encode(sha256(convert_to(list, 'UTF8')), 'hex') as digest
      from (
        select coalesce(json_agg(json_build_array(r.id::text, r.slug, r.remote_url, src.branch) order by r.id)::text, '[]')
          as list
        from managed_repos r left join doi_source src on src.repo_id = r.id
        where r.status = 'active' and r.remote_url is not null
      ) remotes
    ) digested`);
  return row ?? { digest: '', list: '[]' };
}
