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
import { findMirrored, type Mirror } from '../store/mirrors/contacts.js';
import { ContactFailures } from './contact-failures.js';
import { ContactLoop } from './contact-loop.js';
import { leftAlone } from './contact-remote.js';
import { type MirrorContactDeps, MirrorContacts } from './mirror-contacts.js';
import { MirrorObjects, type MirrorObjectsDeps } from './mirror-objects.js';
import { correctServers, readOwnMirror } from './read-own-mirror.js';

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
  /** As in {@link MirrorContactDeps}. */
  readonly onEnd: MirrorContactDeps['onEnd'];
  readonly jobWaitMs?: number;
}

export interface OpenMirrors {
  /** The folder that holds the mirrors of this installation. */
  readonly folder: string;
  readonly contact: MirrorContacts['contact'];
  /**
   * Fetches objects that a mirror lacks.
   * @throws {StillFetching} where that takes long and goes on
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
  const { config, sql, clock, log, installation, run, environment, onEnd } = options;
  const { host, mirrorsDir, fetchMs: everyMs, fetchConcurrency: concurrency } = config;
  const deps = { run, environment, turns: new KeyedMutex() };
  const servers = new ServerTurns(concurrency);
  // The hub and people write the registry too: any other folder is theirs, and is neither fetched into nor replaced.
  const isOurs = ({ path, repoId }: Mirror) => path.endsWith(`/${installation}/${repoId}.git`);
  const faultOf = (error: DoiError) => (error instanceof RemoteError ? error : { isServers: false });
  const failures = new ContactFailures({ sql, host, log, faultOf });
  const contacts = new MirrorContacts({
    ...{ sql, host, log, everyMs, isOurs, failures, onEnd },
    ...(options.jobWaitMs === undefined ? {} : { jobWaitMs: options.jobWaitMs }),
    inTurn: servers.run.bind(servers),
    contact: ({ url, branch, path: folder, firstBytes, isDamaged }, signal) =>
      contact(deps, { url, branch, folder, firstBytes, isDamaged }, signal),
  });
  const fetchNow: MirrorObjectsDeps['fetch'] = async (repoId, ids, signal) => {
    const mirror = await readOwnMirror(sql, repoId, host);
    if (mirror === undefined || !isOurs(mirror)) throw lacksObjects();
    if (mirror.serverWaitMs > 0) throw leftAlone(`The remote's server ${mirror.server}`);
    const wanted = { folder: mirror.path, ids, limits: OBJECT_LIMITS };
    try {
      await servers.run(mirror.server, () => fetchObjects(deps, wanted, signal), signal);
    } catch (error) {
      if (error instanceof RemoteError) await failures.recordServers(mirror, error);
      throw error;
    }
  };
  const objects = new MirrorObjects({ fetch: fetchNow, onEnd, jobWaitMs: options.jobWaitMs });
  const stop = new AbortController();
  let cleaning: Promise<void> | undefined;
  let loop: ContactLoop | undefined;
  return {
    folder: join(mirrorsDir, installation),
    contact: contacts.contact.bind(contacts),
    fetchObjects: objects.fetch.bind(objects),
    start() {
      const contactDue = contacts.contactDue.bind(contacts);
      loop = new ContactLoop({ sql, host, clock, log, everyMs, concurrency, contact: contactDue });
      cleaning = cleanUntil(stop.signal, options);
    },
    async close() {
      stop.abort();
      await loop?.close();
      await Promise.all([contacts.close(), objects.close()]);
      await cleaning;
    },
  };
}

/** Does what is due each minute, until it has to stop. */
async function cleanUntil(stop: AbortSignal, options: OpenMirrorsOptions): Promise<void> {
  const { config, sql, clock, log } = options;
  while (!stop.aborted) {
    try {
      await removeUnneeded(options);
      await correctServers(sql, config.host);
    } catch (error) {
      log.warn({ error }, 'mirrors were not removed, or servers not corrected; the worker retries that');
    }
    await clock.sleep(CLEAN_MS, stop);
  }
}

/** Removes the mirrors that no repository has any more, and what processes left that were killed. */
async function removeUnneeded({ config, sql, installation }: OpenMirrorsOptions): Promise<void> {
  const { mirrorsDir } = config;
  const folder = join(mirrorsDir, installation);
  await removeTemporary(folder);
  // Listed before the rows are read: a mirror is made after its row.
  const ids = await listMirrors(mirrorsDir, installation);
  const needed = await findMirrored(sql, ids);
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
