/** Reads what the tools answer from the HTTP API, and checks each answer against the schemas of src/api/. */
import { z } from 'zod';
import { requested } from '../api/health-and-problems.js';
import { history } from '../api/history.js';
import { hosts } from '../api/hosts.js';
import { lenient } from '../api/lenient.js';
import { requireServedSlug } from '../api/queries.js';
import { report } from '../api/report.js';
import { summary } from '../api/summary.js';
import { sweep } from '../api/sweeps.js';
import {
  type ApiAnswer,
  type ApiClient,
  type ApiRequest,
  invalidAnswer,
  throwProblem,
} from '../client/open-client.js';
import { DoiError } from '../domain/errors.js';
import { CRITERION_IDS } from '../domain/verdict.js';
import { freshForMs } from './fresh-for.js';
import type { KeptSummary, ListedRepository, SummaryMemory } from './summary-memory.js';

const readableReport = lenient(report);
const readableHistory = lenient(history);
const readableHosts = lenient(hosts);
const listed = lenient(
  summary.element.pick({
    ...{ repo_slug: true, domain_slug: true, tier: true, statuses: true },
    ...{ checked_at: true, stale: true, broken: true },
  }),
);
/** Only these: the stale reasons of ten thousand repositories are more than a client reads at once. */
const SUMMARY = `/repos/doi/summary?fields=${Object.keys(listed.shape).join(',')}`;
export type Report = z.infer<typeof readableReport>;
const sweepOrNone = lenient(sweep);
const acceptedRequest = lenient(requested);
type TimeLimit = Pick<ApiRequest, 'timeoutMs'>;

/** A report, and what the server says of its age. */
export interface ReadReport {
  readonly report: Report;
  /** The time for which the server claims `stale`; undefined where it names none. */
  readonly verifiedAt: string | undefined;
  /** For how many milliseconds a client may keep it, from now on. */
  readonly ttlMs: () => number;
}

/** How a client gives the tokens that it lacks; it differs by how the tools are carried. */
export interface TokenRemedies {
  readonly read: string;
  readonly write: string;
}

export interface ApiReadsOptions {
  readonly api: ApiClient;
  readonly tokenRemedies: TokenRemedies;
  readonly memory: SummaryMemory;
  /** Milliseconds since some moment, for tests. */
  readonly elapsed?: () => number;
}

export class ApiReads {
  readonly #api: ApiClient;
  readonly #tokenRemedies: TokenRemedies;
  readonly #memory: SummaryMemory;
  readonly #elapsed: () => number;

  constructor({ api, tokenRemedies, memory, elapsed = () => performance.now() }: ApiReadsOptions) {
    this.#api = api;
    this.#tokenRemedies = tokenRemedies;
    this.#memory = memory;
    this.#elapsed = elapsed;
  }

  /** @throws {DoiError} `bad_slug`, `unknown_repository`, or any of the client's */
  async report(slug: string, limit: TimeLimit = {}): Promise<ReadReport> {
    const requestedAt = this.#elapsed();
    const answer = await this.#get(`/repos/${requireServedSlug(slug)}/doi`, limit);
    const found = parse(readableReport, answer);
    const cacheStatus = answer.headers['cache-status'];
    return {
      report: found,
      verifiedAt: readVerifiedAt(answer),
      ttlMs: () => freshForMs({ cacheStatus, stale: found.stale, requestedAt, handedOnAt: this.#elapsed() }),
    };
  }

  /** A page of a repository's history, the latest change first. */
  async history(slug: string, limit: number, cursor?: string): Promise<z.infer<typeof history>> {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) });
    return parse(readableHistory, await this.#get(`/repos/${requireServedSlug(slug)}/doi/history?${query}`));
  }

  /** All active repositories, worst first. */
  repositories(): Promise<KeptSummary> {
    return this.#memory.read(async (kept) => {
      const headers = kept === undefined ? {} : { 'if-none-match': kept.etag };
      const answer = await this.#api.request({ path: SUMMARY, headers });
      const verifiedAt = readVerifiedAt(answer);
      if (answer.status === 304 && kept !== undefined) return { ...kept, verifiedAt };
      if (answer.status !== 200) this.#fail(answer, 'read');
      return {
        etag: answer.headers['etag'] ?? '',
        verifiedAt,
        repositories: parse(z.array(listed), answer).map(toListed),
      };
    });
  }

  async hosts(): Promise<z.infer<typeof hosts>> {
    return parse(readableHosts, await this.#get('/hosts'));
  }

  /** The sweep under way, else the last one; null where there was none. */
  async sweep(): Promise<z.infer<typeof sweepOrNone> | null> {
    const answer = await this.#api.request({ path: '/sweeps/latest' });
    if (answer.status === 404 && Object(answer.body).code === 'no_sweep') return null;
    if (answer.status !== 200) this.#fail(answer, 'read');
    return parse(sweepOrNone, answer);
  }

  /** Requests an evaluation that keeps verdicts whose inputs have not changed. @returns the request; null where it has ended */
  async requestRefresh(slug: string, limit: TimeLimit = {}): Promise<Report['refresh']> {
    const path = `/repos/${requireServedSlug(slug)}/doi/refresh`;
    const answer = await this.#api.request({ method: 'POST', path, body: { if_stale: true }, ...limit });
    if (answer.status !== 202) this.#fail(answer, 'write');
    return parse(acceptedRequest, answer).refresh;
  }

  async #get(path: string, limit: TimeLimit = {}): Promise<ApiAnswer> {
    const answer = await this.#api.request({ path, ...limit });
    if (answer.status !== 200) this.#fail(answer, 'read');
    return answer;
  }

  /** Throws what an answer says; how a token is given, the server cannot know. */
  #fail(answer: ApiAnswer, right: keyof TokenRemedies): never {
    try {
      return throwProblem(answer);
    } catch (error) {
      if (!(error instanceof DoiError) || error.code !== 'unauthorized') throw error;
      throw new DoiError('unauthorized', error.message, this.#tokenRemedies[right], { cause: error });
    }
  }
}

function readVerifiedAt({ headers }: ApiAnswer): string | undefined {
  return z.iso.datetime().safeParse(headers['doi-verified-at']).data;
}

function toListed({ statuses, ...entry }: z.infer<typeof listed>): ListedRepository {
  const failing = CRITERION_IDS.filter((id) => statuses[id] === 'fail' || statuses[id] === 'skip');
  return { ...entry, failing };
}

function parse<Schema extends z.ZodType>(schema: Schema, { body }: ApiAnswer): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalidAnswer('The server answers in a form that this release does not know');
}
