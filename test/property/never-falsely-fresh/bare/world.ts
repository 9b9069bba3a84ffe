/** The world of the property for bare repositories: origins, mirrors of some of them, and all that judges and reads. */
import { join } from 'node:path';
import type { ReportAnswer } from '../../../../src/api/report.js';
import { type RunOptions, runSubprocess } from '../../../../src/checker/run-subprocess.js';
import { CRITERIA } from '../../../../src/criteria/index.js';
import type { InputValues } from '../../../../src/domain/input.js';
import { PRIORITY, type Priority } from '../../../../src/domain/request.js';
import { watchOnce } from '../../../../src/producer/watch.js';
import { type ReadReport, readReport } from '../../../../src/reader/read-report.js';
import { addRequests } from '../../../../src/store/requests/add-requests.js';
import type { ContactEnd } from '../../../../src/worker/contact-end.js';
import { type HandleDependencies, handleJob, type Outcome } from '../../../../src/worker/handle-job.js';
import { type GitServer, startGitServer } from '../../../helpers/git-server.js';
import { openWorld, type World } from '../../../helpers/world.js';
import { realTime } from '../clock.js';
import { readRow, type Scratch } from '../oracle.js';
import { CommitOracle } from './commit-oracle.js';
import type { BareFault } from './faults.js';
import { answerLoose } from './loose-git.js';
import { type Commit, Origin, type Tip } from './origin.js';
import type { Point, Reader, Subject, SubjectKind } from './subject.js';

const KINDS: readonly SubjectKind[] = ['file', 'http', 'bare', 'bare', 'bare'];

export interface BareWorldSettings {
  /** What is wrong with what reads and judges, to show that it is found. */
  readonly fault?: BareFault | undefined;
  /** Whether git answers every question; else objects in files of their own are read without it. */
  readonly isReal?: boolean;
}

export class BareWorld {
  #contacts = 0;
  readonly subjects: Subject[] = [];
  /** Changes how git is started that contacts a remote; undefined for nothing. */
  gitFault: ((options: RunOptions) => RunOptions) | undefined;
  readonly #world: World;
  readonly server: GitServer;
  readonly #fault: BareFault;
  readonly #deps: World['deps'];
  readonly #isReal: boolean;
  readonly #oracle: CommitOracle;
  readonly #armed = new Map<Point, () => Promise<unknown>>();
  /** When evaluations and passes were under way, by the database's clock in milliseconds. */
  readonly #works: { readonly from: number; readonly to: number }[] = [];
  readonly #judged = new Map<string, Promise<Scratch>>();

  private constructor(
    parts: { world: World; server: GitServer; oracle: CommitOracle },
    { fault = {}, isReal = false }: BareWorldSettings,
  ) {
    const { world, server, oracle } = parts;
    this.#world = world;
    this.server = server;
    this.#fault = fault;
    this.#isReal = isReal;
    this.#oracle = oracle;
    const { checker } = oracle.installation;
    const check: HandleDependencies['check'] = async ({ path }) => ({
      findings: oracle.installation.checkInProcess(path),
      ms: 0,
    });
    const sound = { ...world.deps, checker, check };
    this.#deps = this.#meeting({ ...sound, ...fault.plant?.(sound) });
  }

  static async open(settings: BareWorldSettings = {}): Promise<BareWorld> {
    const world = await openWorld('bare-fresh', { runGit: (options) => it.#git(options) });
    const server = await startGitServer(world.folder);
    const it = new BareWorld({ world, server, oracle: await CommitOracle.open(world.folder) }, settings);
    for (const [index, kind] of KINDS.entries()) await it.#add(`${kind}-${index}`, kind);
    return it;
  }

  get sql(): World['sql'] {
    return this.#world.sql;
  }

  /** Lets something happen once, when an evaluation is at that point. */
  arm(point: Point, action: () => Promise<unknown>): void {
    this.#armed.set(point, action);
  }

  /** Does what was armed and has not happened. */
  async disarm(): Promise<void> {
    const left = [...this.#armed.values()];
    this.#armed.clear();
    for (const action of left) await action();
  }

  async evaluate(
    { repoId }: Subject,
    options: { forced?: boolean; priority?: Priority } = {},
  ): Promise<Outcome> {
    const { forced = false, priority = PRIORITY.person } = options;
    await addRequests(this.sql, [{ repoId, reason: 'test', priority, forced, wanted: null }]);
    const handle = () => handleJob(this.#deps, repoId, new AbortController().signal);
    return (await this.#note(handle)).outcome;
  }

  /** Contacts the remote, as the loop of a worker does. */
  async contact({ repoId }: Subject): Promise<ContactEnd> {
    this.#contacts += 1;
    const signal = new AbortController().signal;
    return this.#deps.contact(repoId, {
      seq: `step ${this.#contacts}`,
      isPerson: true,
      isDamaged: false,
      signal,
    });
  }

  /** A pass of the home host. */
  async pass(): Promise<void> {
    await this.#note(() => watchOnce({ ...this.#deps, capacity: 1, wake: async () => {} }));
  }

  /** When the evaluation or pass ended that was under way at a time: what it found is dated with its beginning. */
  endOfWork(at: number): number {
    return Math.max(
      at,
      ...this.#works.filter(({ from, to }) => from <= at + 1 && at <= to).map(({ to }) => to),
    );
  }

  async read({ slug, repoId }: Subject, reader: Reader): Promise<ReadReport> {
    const host = reader === 'elsewhere' ? { host: 'elsewhere' } : {};
    const git = reader === 'with git' ? {} : { readCommit: undefined };
    const read = await readReport({ ...this.#deps, ...host, ...git }, slug);
    const { misses } = this.#fault;
    if (misses === undefined || !read.answer.stale) return read;
    const reasons = read.answer.stale_reasons.filter((reason) => !misses(reason));
    if (reasons.length > 0) return read;
    // A reader without that comparison names the contact as well.
    const [source] = await this.sql<{ at: Date }[]>`
      select contacted_at as at from doi_source where repo_id = ${repoId}`;
    const answer: ReportAnswer = { ...read.answer, stale: false, stale_reasons: [] };
    return { ...read, answer, verifiedAt: source?.at.toISOString() ?? read.verifiedAt };
  }

  /** The stored verdicts. */
  async verdicts({ repoId }: Subject): Promise<unknown> {
    const [row] = await this.sql`select criteria::text from doi_cache where repo_id = ${repoId}`;
    return row;
  }

  /** The verdicts on a commit by nothing but what it holds, read from a repository that nothing happens to. */
  judge(subject: Subject, { branch, commit }: Tip): Promise<Scratch> {
    if (commit === undefined) throw new Error('There is nothing to judge.');
    const name = `${subject.slug} ${branch} ${commit.tree}`;
    const known = this.#judged.get(name) ?? this.#judge(subject, { branch, commit });
    this.#judged.set(name, known);
    return known;
  }

  async close(): Promise<void> {
    await this.#oracle.close();
    await this.server.close();
    await this.#world.close();
  }

  async #judge(
    { repoId, place: path }: Subject,
    { branch, commit }: { readonly branch: string; readonly commit: Commit },
  ): Promise<Scratch> {
    const { repo, domain, snapshots, goals } = await readRow(this.sql, repoId);
    const values: Partial<InputValues> = {
      ...{ repo, domain, tpsc: { snapshots }, goal: { active: goals } },
      checkout: { state: 'present', host: 'here', path, branch },
      ...(await this.#oracle.load(commit)),
    };
    return new Map(CRITERIA.map((criterion) => [criterion.id, criterion.judgeDeclared(values)]));
  }

  async #add(slug: string, kind: SubjectKind): Promise<void> {
    const { sql } = this;
    const folder = join(this.#world.folder, `${slug}.git`);
    const origin = new Origin(folder, () => realTime(sql));
    const urls = {
      bare: 'https://git.example.org/a.git',
      file: `file://${folder}`,
      http: this.server.url(`${slug}.git`),
    };
    const [row] = await sql<{ id: string }[]>`
      insert into managed_repos (id, slug, name, remote_url)
      values (gen_random_uuid(), ${slug}, ${slug}, ${urls[kind]}) returning id::text`;
    const repoId = row?.id ?? '';
    const place = kind === 'bare' ? folder : join(this.#world.mirrors.folder, `${repoId}.git`);
    await sql`update managed_repos set host_paths = ${sql.json({ here: place })} where id = ${repoId}`;
    const mirror = kind === 'bare' ? null : 'here';
    await sql`insert into doi_source (repo_id, mirror_host, server, due_at)
      values (${repoId}, ${mirror}, ${mirror && slug}, ${mirror && sql`now()`})`;
    this.subjects.push({ slug, kind, origin, repoId, place, contacts: [], pushes: [] });
  }

  /** The same dependencies, which meet the points and note the contacts. */
  #meeting(deps: World['deps']): World['deps'] {
    const { basis, readCommit, loadCommit, layOut, contact } = deps;
    return {
      ...deps,
      basis: async (repoId) => {
        const read = await basis(repoId);
        await this.#meet('basis');
        return read;
      },
      readCommit: async (tip, signal) => {
        await this.#meet('readCommit');
        if (readCommit === undefined) throw new Error('This world reads no commits.');
        return readCommit(tip, signal);
      },
      loadCommit: async (tip, keys, signal) => {
        await this.#meet('loadCommit');
        return loadCommit(tip, keys, signal);
      },
      layOut: async (tip, use, signal) => {
        await this.#meet('layOut');
        return layOut(tip, use, signal);
      },
      contact: async (repoId, isDamaged) => {
        const from = await realTime(this.sql);
        const end = await contact(repoId, isDamaged);
        const subject = this.subjects.find((one) => one.repoId === repoId);
        if (end.state === 'reached') subject?.contacts.push({ from, to: await realTime(this.sql) });
        return end;
      },
    };
  }

  async #note<T>(work: () => Promise<T>): Promise<T> {
    const from = await realTime(this.sql);
    try {
      return await work();
    } finally {
      this.#works.push({ from, to: await realTime(this.sql) });
    }
  }

  async #meet(point: Point): Promise<void> {
    const action = this.#armed.get(point);
    this.#armed.delete(point);
    await action?.();
  }

  async #git(options: RunOptions): ReturnType<typeof runSubprocess> {
    if (options.argv.includes('cat-file'))
      return (this.#isReal ? undefined : answerLoose(options)) ?? runSubprocess(options);
    const isFetch = options.argv.includes('fetch');
    if (isFetch) await this.#meet('fetch');
    const result = await runSubprocess(this.gitFault?.(options) ?? options);
    if (isFetch) await this.#meet('fetched');
    return result;
  }
}
