/** A worker that is killed while git works for it: nothing of git goes on, and the next worker repairs the mirror and cleans up. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addRequests } from '../../src/store/requests/add-requests.js';
import { until } from '../e2e/programs.js';
import { commit, git, makeRemote, push } from '../helpers/git-repository.js';
import { type GitServer, startGitServer } from '../helpers/git-server.js';
import { plainRequest, readRequest } from '../integration/store/rows.js';
import { openWorkerWorld, type WorkerWorld } from './worker-world.js';

const GONE_MS = 5_000;

let ours: WorkerWorld;
let server: GitServer;
let author: string;
let id: string;
beforeAll(async () => {
  ours = await openWorkerWorld('killed-git');
  const { sql, mirrors, folder, path } = ours.world;
  server = await startGitServer(folder);
  ({ author } = makeRemote(path('origin')));
  commit(author, 'workplans/README.md', 'Plans.\n');
  push(author);
  const [row] = await sql<{ id: string }[]>`
    insert into managed_repos (id, slug, name, remote_url)
    values (gen_random_uuid(), 'widget', 'widget', ${server.url('origin/remote.git')}) returning id::text`;
  id = row?.id ?? '';
  const here = join(mirrors.folder, `${id}.git`);
  await sql`update managed_repos set host_paths = ${sql.json({ here })} where id = ${id}`;
  await sql`insert into doi_source (repo_id, mirror_host, server, due_at) values (${id}, 'here', '127.0.0.1', now())`;
  await mkdir(path('tmp'));
  const own = { DOI_MIRRORS: path('mirrors'), DOI_FETCH_SECONDS: '5', TMPDIR: path('tmp') };
  ours.env = { ...ours.env, ...own };
});
afterAll(async () => {
  await ours.close();
  await server.close();
});

/** Starts a worker, waits until `isThere`, and kills it. All that it started is gone soon. */
async function killWhen(isThere: () => Promise<boolean>): Promise<void> {
  const worker = ours.startWorker();
  await until(isThere, Boolean, 180_000);
  worker.signal('SIGKILL');
  await worker.done;
  await until(ours.processes, ({ length }) => length === 0, 5 * GONE_MS);
}

/** Lets the server hang in the `nth` request of a kind from now on, after some bytes of the answer. */
function hangAt(nth: number, after: number): () => Promise<boolean> {
  let posts = 0;
  server.fault = ({ method }) => {
    posts += method === 'POST' ? 1 : 0;
    return method === 'POST' && posts >= nth ? { hangs: true, after } : undefined;
  };
  return async () => posts >= nth;
}

const left = async () => {
  const inMirrors = (await readdir(ours.world.mirrors.folder)).filter((name) => name.startsWith('.tmp-'));
  const scratch = (await readdir(ours.world.path('tmp'))).filter((name) => name.startsWith('doi-scratch-'));
  return { inMirrors: inMirrors.length, scratch: scratch.length };
};
const isFresh = async () => {
  const { stale, checkout } = await ours.world.read('widget');
  return !stale && checkout?.head === git(author, 'rev-parse', 'HEAD');
};

it('when it is killed in the first contact, a fetch of texts, a check or a later fetch, then the next one judges the tip', async () => {
  // The first request lists the branches, the third fetches.
  await killWhen(hangAt(3, 100));
  expect((await left()).inMirrors).toBe(1);

  // The fourth fetches the texts that the commit leads to.
  await killWhen(hangAt(4, 100));
  expect(await left()).toEqual({ inMirrors: 0, scratch: 1 });

  server.fault = () => undefined;
  await ours.behaves('widget', 'sleep 600');
  await killWhen(async () => (await ours.processes()).some((line) => line.includes('sleep 600')));
  await ours.behaves('widget');

  commit(author, 'workplans/README.md', 'Other plans.\n');
  push(author);
  await killWhen(hangAt(3, 100));

  server.fault = () => undefined;
  const last = ours.startWorker();
  await until(isFresh, Boolean, 180_000);
  expect(await left()).toEqual({ inMirrors: 0, scratch: 1 });
  last.signal('SIGTERM');
  expect((await last.done).code).toBe(0);
  expect(await left()).toEqual({ inMirrors: 0, scratch: 0 });
}, 400_000);

it('when it is killed while a person waits for a contact, then the next one goes on at once', async () => {
  const { sql } = ours.world;
  const isHanging = hangAt(1, 0);
  await addRequests(sql, [plainRequest(id, { priority: 1, forced: true, wanted: null })]);
  const delay = async () => (await readRequest(sql, id))?.delay ?? 0;
  await killWhen(async () => (await isHanging()) && (await delay()) > 0);
  // Far longer than this test waits: only the start of the next worker can end it.
  await sql`update doi_request set not_before = now() + interval '1 hour'`;
  server.fault = () => undefined;
  ours.startWorker();
  await until(
    () => readRequest(sql, id),
    (request) => request === undefined,
    180_000,
  );
}, 400_000);
