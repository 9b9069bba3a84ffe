/** The world of the property: checkouts in a temporary folder, rows in PostgreSQL, and installations that judge them. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportAnswer } from '../../../src/api/report.js';
import type { HandleDependencies, Outcome } from '../../../src/worker/handle-job.js';
import { openWorld, type World } from '../../helpers/world.js';
import type { Fault } from './faults.js';
import { makeCheckout } from './file-edits.js';
import { Installation, restoreRules } from './installation.js';
import { Interruptions } from './interruptions.js';
import { judgeFromScratch, type Scratch } from './oracle.js';
import { initialPlaces, type Registry } from './registry-edits.js';
import { type Column, type Domain, Repository } from './repository.js';
import { choose } from './texts.js';

export interface WorldSettings {
  readonly checkouts: number;
  /** Whether the checker is started as a subprocess; else its pure core is called. */
  readonly isReal: boolean;
  /** What is wrong with the dependencies, to show that it is found. */
  readonly fault?: Fault | undefined;
}

type Dependencies = World['deps'];

export class FreshWorld implements Registry {
  readonly repositories: readonly Repository[];
  readonly domains: readonly Domain[];
  readonly interruptions = new Interruptions();
  readonly #world: World;
  readonly #original: Dependencies;
  readonly #settings: WorldSettings;
  #numbers = 0;

  private constructor(
    world: World,
    settings: WorldSettings,
    made: { repositories: readonly Repository[]; domains: readonly Domain[] },
  ) {
    this.#world = world;
    this.#original = world.deps;
    this.#settings = settings;
    this.repositories = made.repositories;
    this.domains = made.domains;
  }

  static async open(settings: WorldSettings): Promise<FreshWorld> {
    const world = await openWorld('never-falsely-fresh');
    const { folder, sql } = world;
    const count = Math.max(2, Math.round(settings.checkouts / 5));
    const each = Array.from({ length: count }, (_, index) => index);
    const installations = each.map((index) => new Installation({ folder, index, isReal: settings.isReal }));
    const domains = each.map((index) => ({ id: randomUUID(), name: `domain-${index}` }));
    for (const { id, name } of domains)
      await sql`insert into domains (id, slug, name) values (${id}, ${name}, ${name})`;
    const repositories: Repository[] = [];
    for (let index = 0; index < settings.checkouts; index += 1) {
      const place = { id: randomUUID(), folder: join(folder, `repo-${index}`) };
      const repo = new Repository(index, { ...place, installation: choose(installations, index) });
      await makeRepository(world, repo, choose(domains, index + Math.floor(index / count)));
      repositories.push(repo);
    }
    return new FreshWorld(world, settings, { repositories, domains });
  }

  get sql(): World['sql'] {
    return this.#world.sql;
  }

  nextNumber(): number {
    this.#numbers += 1;
    return this.#numbers;
  }

  /** Evaluates as a worker does. */
  async evaluate(repo: Repository, options: { forced: boolean }): Promise<Outcome> {
    const deps = this.#depsFor(repo);
    this.#world.deps = { ...deps, ...this.interruptions.wrap(deps) };
    return this.#world.evaluate(repo.slug, options);
  }

  /** Reads as a client does. */
  async read(repo: Repository): Promise<ReportAnswer> {
    this.#world.deps = this.#depsFor(repo);
    const answer = await this.#world.read(repo.slug);
    const leftOut = this.#settings.fault?.leavesOut;
    const reasons = answer.stale_reasons.filter(({ input }) => input !== leftOut);
    return { ...answer, stale_reasons: reasons, stale: reasons.length > 0 };
  }

  /**
   * Judges it by nothing but what is there.
   * @param options `byCore`: by the pure core of the checker, where else it would be started
   */
  async judgeFromScratch(repo: Repository, { byCore = false } = {}): Promise<Scratch | undefined> {
    const deps = this.#depsFor(repo, { faultless: true });
    this.#world.deps = deps;
    const check = async (checkout: { path: string; slug: string }) =>
      byCore
        ? repo.installation.checkInProcess(checkout.path)
        : (await deps.check(checkout, new AbortController().signal)).findings;
    return judgeFromScratch({ sql: this.sql, host: deps.host, check }, repo.id);
  }

  async close(): Promise<void> {
    restoreRules();
    await this.#world.close();
  }

  #depsFor({ installation }: Repository, { faultless = false } = {}): Dependencies {
    installation.useRules();
    const { checker, release } = installation;
    const check: HandleDependencies['check'] = async ({ path }) => ({
      findings: installation.checkInProcess(path),
      ms: 0,
    });
    const deps = { ...this.#original, checker, release, ...(this.#settings.isReal ? {} : { check }) };
    const { fault } = this.#settings;
    return fault === undefined || faultless ? deps : { ...deps, ...fault.plant(deps) };
  }
}

async function makeRepository({ sql }: World, repo: Repository, domain: Domain): Promise<void> {
  mkdirSync(repo.folder);
  makeCheckout(repo.root, { isBare: repo.isBare, pick: 0 });
  makeCheckout(repo.other, { isBare: repo.isBare, pick: 1 });
  symlinkSync('checkout', repo.link);
  const slug = `repo-${repo.index}-0`;
  const columns: Record<Exclude<Column, 'status'>, string | null> = {
    ...{ slug, name: 'A name', domain_id: domain.id, last_sbom_at: null },
    ...{ remote_url: 'https://example.org/acme/one.git' },
    ...initialPlaces(repo),
  };
  for (const [column, value] of Object.entries(columns)) repo.columns.set(column as Column, value);
  await sql`
    insert into managed_repos (id, slug, name, domain_id, local_path, remote_url, host_paths)
    values (${repo.id}, ${slug}, ${columns.name}, ${domain.id}, ${columns.local_path}, ${columns.remote_url},
      ${columns.host_paths}::text::json)`;
  await sql`insert into repo_goals (repo_id, title) values (${repo.id}, ${'Goal 000000'})`;
  await sql`insert into tpsc_snapshots (repo_id) values (${repo.id})`;
  repo.goals = 1;
  repo.snapshots = 1;
}
