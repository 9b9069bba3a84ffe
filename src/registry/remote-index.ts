/** Finds the active repositories that have a remote, whatever way its URL is written. */
import type { Clock } from '../platform/clock.js';
import { type Sql, statement } from '../platform/postgres/sql.js';
import { normalizeRemote } from './normalize-remote.js';

export interface RemoteMatch {
  readonly repoId: string;
  readonly slug: string;
}

/** A row as the statement gives it: id, slug, remote. */
type Row = readonly [repoId: string, slug: string, remoteUrl: string];

interface Table {
  /** By the clock, when reading it began. */
  readonly at: number;
  /** How long reading it took, in milliseconds. */
  readonly tookMs: number;
  /** Of what was read. */
  readonly digest: string;
  readonly byKey: ReadonlyMap<string, readonly RemoteMatch[]>;
}

/** How long what was read answers whoever finds a match in it, in milliseconds. */
const READ_EVERY_MS = 1000;
/** A question that found no match is read for at once, but reading takes a quarter of the time at most. */
const REST = 3;

/**
 * The registered remotes by key. They are read once a second for questions that find a match, by one statement that all
 * who ask share. That nothing matches is only said by a table that was read after the question: a repository that was
 * registered just now is found.
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
    const keys = new Set(remotes.flatMap((remote) => toKey(remote) ?? []));
    if (keys.size === 0) return [];
    const asked = this.#clock.now();
    const known = this.#table;
    const isRecent = known !== undefined && this.#isRecent(known);
    const table = isRecent ? known : await (this.#reading ?? this.#read());
    const found = match(table, keys);
    if (found.length > 0 || table.at >= asked) return found;
    return match(await this.#readAfter(asked), keys);
  }

  async #readAfter(asked: number): Promise<Table> {
    const shared = await (this.#reading ?? this.#read());
    // One that was under way already may have begun before.
    return shared.at >= asked ? shared : (this.#reading ?? this.#read());
  }

  /** Reads the table, once the database has rested from the last reading. */
  #read(): Promise<Table> {
    this.#reading = this.#readInTurn().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readInTurn(): Promise<Table> {
    const known = this.#table;
    if (known !== undefined && this.#isRecent(known)) {
      const next = known.at + Math.min((1 + REST) * known.tookMs, READ_EVERY_MS);
      await this.#clock.sleep(Math.max(0, next - this.#clock.now()));
    }
    const at = this.#clock.now();
    const { digest, list } = await readRemotes(this.#sql, known?.digest ?? '');
    const byKey = list === null && known !== undefined ? known.byKey : this.#group(list ?? '[]');
    this.#table = { at, tookMs: Math.max(0, this.#clock.now() - at), digest, byKey };
    return this.#table;
  }

  /** A clock that was set back makes none recent. */
  #isRecent({ at }: Table): boolean {
    const age = this.#clock.now() - at;
    return age >= 0 && age < READ_EVERY_MS;
  }

  /** Makes the table of a list; texts that the last one had keep their keys. */
  #group(list: string): Map<string, RemoteMatch[]> {
    const rows = JSON.parse(list) as Row[];
    const byKey = new Map<string, RemoteMatch[]>();
    const keys = new Map<string, string | undefined>();
    for (const [repoId, slug, remoteUrl] of rows) {
      const key = this.#keys.has(remoteUrl) ? this.#keys.get(remoteUrl) : toKey(remoteUrl);
      keys.set(remoteUrl, key);
      if (key === undefined) continue;
      const same = byKey.get(key);
      if (same === undefined) byKey.set(key, [{ repoId, slug }]);
      else same.push({ repoId, slug });
    }
    this.#keys = keys;
    return byKey;
  }
}

function toKey(remote: string): string | undefined {
  const made = normalizeRemote(remote);
  return made.ok ? made.key : undefined;
}

function match({ byKey }: Table, keys: ReadonlySet<string>): RemoteMatch[] {
  const found = [...keys].flatMap((key) => byKey.get(key) ?? []);
  const distinct = new Map(found.map((one) => [one.repoId, one]));
  return [...distinct.values()].sort((one, other) => (one.slug < other.slug ? -1 : 1));
}

/**
 * Reads all remotes of active repositories as one text, which is cheaper to take than a row for each; null where it is
 * the one that is known. Locks nothing; reads the whole of managed_repos.
 */
async function readRemotes(sql: Sql, known: string): Promise<{ digest: string; list: string | null }> {
  const [row] = await statement(sql<{ digest: string; list: string | null }[]>`
    select digest, case when digest <> ${known} then list end as list
    from (
      select list, encode(sha256(convert_to(list, 'UTF8')), 'hex') as digest
      from (
        select coalesce(json_agg(json_build_array(id::text, slug, remote_url) order by id)::text, '[]') as list
        from managed_repos where status = 'active' and remote_url is not null
      ) remotes
    ) digested`);
  return row ?? { digest: '', list: '[]' };
}
