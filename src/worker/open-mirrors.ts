/** Opens the mirrors of a worker: contacts with their remotes, objects that they lack, and the removal of those not needed. */
import { join } from 'node:path';
import type { Environment } from '../checker/isolation.js';
import type { runSubprocess } from '../checker/run-subprocess.js';
import { WALK_LIMITS } from '../checkout/walk.js';
import { DoiError } from '../domain/errors.js';
import { contact } from '../git/remote/contact.js';
import { fetchObjects } from '../git/remote/fetch-objects.js';
import { listMirrors, removeMirror, removeTemporary } from '../git/remote/mirror.js';
import { RemoteError } from '../git/remote/remote-error.js';
import { ServerTurns } from '../git/remote/server-limits.js';
import type { Clock } from '../platform/clock.js';
import type { Config } from '../platform/config.js';
import type { Log } from '../platform/log.js';
import type { Sql } from '../platform/postgres/sql.js';
import { KeyedMutex } from '../platform/process/keyed-mutex.js';
import { findMirrored, readMirror } from '../store/mirrors/contacts.js';
import { type ContactEnd, type ContactedMirror, MirrorContacts } from './mirror-contacts.js';

export interface OpenMirrorsOptions {
  readonly config: Pick<Config, 'host' | 'mirrorsDir' | 'fetchMs' | 'fetchConcurrency'>;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Log;
  readonly installation: string;
  /** Starts a program. */
  readonly run: typeof runSubprocess;
  /** Of this process: git uses the credentials of its user. */
  readonly environment: Environment;
  /** Called after a contact that moved the branch of a mirror. */
  readonly onMoved: (repoId: string) => Promise<void>;
}

export interface OpenMirrors {
  /** The folder that holds the mirrors of this installation. */
  readonly folder: string;
  readonly contact: (repoId: string, isDamaged?: boolean) => Promise<ContactEnd>;
  /**
   * Fetches objects that a mirror lacks.
   * @throws {DoiError} `remote_…`; `objects_unreadable` where this host keeps no mirror of the repository
   */
  readonly fetchObjects: (repoId: string, ids: readonly string[], signal?: AbortSignal) => Promise<void>;
  /** Contacts remotes as they become due, and removes the mirrors of repositories that were unregistered. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

/** What one fetch of objects may store and take: all that a checkout may hold of inputs, and a text that is compressed badly. */
const OBJECT_LIMITS = {
  totalBytes: 3 * WALK_LIMITS.bytes,
  singleBytes: WALK_LIMITS.bytes,
  timeoutMs: 120_000,
};
const CLEAN_MS = 60_000;

export function openMirrors(options: OpenMirrorsOptions): OpenMirrors {
  const { config, sql, clock, log, installation, run, environment, onMoved } = options;
  const { host, mirrorsDir, fetchMs: everyMs, fetchConcurrency: concurrency } = config;
  const deps = { run, environment, turns: new KeyedMutex() };
  const servers = new ServerTurns(concurrency);
  const inTurn = (mirror: ContactedMirror, onTurn: () => Promise<void>, signal: AbortSignal) => {
    const { url, branch, path: folder, firstBytes, isDamaged } = mirror;
    const act = async () => {
      await onTurn();
      return contact(deps, { url, branch, folder, firstBytes, isDamaged }, signal);
    };
    return servers.run(mirror.server, act, signal);
  };
  const faultOf = (error: DoiError) => (error instanceof RemoteError ? error : { isServers: false });
  const shared = { sql, host, clock, log, everyMs, concurrency, onMoved };
  const contacts = new MirrorContacts({ ...shared, contact: inTurn, faultOf });
  const stop = new AbortController();
  const clean = async () => {
    while (!stop.signal.aborted) {
      try {
        await removeUnneeded(options);
      } catch (error) {
        log.warn({ error }, 'mirrors of unregistered repositories were not removed; the worker retries that');
      }
      await clock.sleep(CLEAN_MS, stop.signal);
    }
  };
  let cleaning: Promise<void> | undefined;
  return {
    folder: join(mirrorsDir, installation),
    contact: (repoId, isDamaged) => contacts.contact(repoId, isDamaged),
    async fetchObjects(repoId, ids, signal) {
      const mirror = await readMirror(sql, repoId, host);
      if (mirror === undefined) throw lacksObjects();
      const wanted = { folder: mirror.path, ids, limits: OBJECT_LIMITS };
      await servers.run(mirror.server, () => fetchObjects(deps, wanted, signal), signal);
    },
    start() {
      contacts.start();
      cleaning = clean();
    },
    async close() {
      stop.abort();
      await contacts.close();
      await cleaning;
    },
  };
}

/** Removes the mirrors that no repository has any more, and what processes left that were killed. */
async function removeUnneeded({ config, sql, installation }: OpenMirrorsOptions): Promise<void> {
  const { host, mirrorsDir } = config;
  const folder = join(mirrorsDir, installation);
  await removeTemporary(folder);
  // Listed before the rows are read: a mirror is made after its row.
  const ids = await listMirrors(mirrorsDir, installation);
  const needed = await findMirrored(sql, host, ids);
  for (const id of ids) if (!needed.has(id)) await removeMirror(join(folder, `${id}.git`));
}

function lacksObjects(): DoiError {
  const found = 'Objects are missing in the bare repository, and this host keeps no mirror of its remote.';
  return new DoiError(
    'objects_unreadable',
    found,
    'Fetch them, or clone the repository again without a filter.',
  );
}
