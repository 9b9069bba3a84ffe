/** Reads the service's API and requests evaluations. All addresses are relative, since a proxy may serve it below any path. */
import type { PollResult } from './connection.js';
import { type Purpose, Tokens } from './tokens.js';

/** At most so many answers are cached: the ones that were read last, among them the ones that each poll reads. */
const CACHED = 100;

interface CachedAnswer {
  readonly etag: string;
  readonly answer: unknown;
}

export type ApiResult<Answer> =
  | {
      readonly kind: 'answered';
      readonly answer: Answer;
      readonly isNew: boolean;
      /** The time for which the answer says whether it is stale, in ISO 8601; null where it does not say. */
      readonly verifiedAt: string | null;
    }
  | { readonly kind: 'missing'; readonly why: string }
  /** The tokens were forgotten while the answer was under way: the page must show nothing of it. */
  | { readonly kind: 'dropped' }
  | Exclude<PollResult, { kind: 'answered' }>;

export class ApiClient {
  readonly tokens = new Tokens();
  /** By path. */
  #cache = new Map<string, CachedAnswer>();
  #refused = false;
  /** Raised when the tokens are forgotten. */
  #generation = 0;
  /** By how many milliseconds the service's clock is ahead of the browser's, by its last `Date` header, in whole seconds. */
  #ahead = 0;
  readonly #onRefused: () => void;

  constructor(onRefused: () => void) {
    this.#onRefused = onRefused;
  }

  /** The time by the service's clock, which made the times in its answers. */
  get now(): number {
    return Date.now() + this.#ahead;
  }

  /** Whether the service accepts refreshes over HTTP: it writes that into the page. */
  readonly mayRefresh = document.documentElement.dataset['requests'] !== 'none';

  /** Another number once the tokens were forgotten. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether the service refused the last token for reading. */
  get wasRefused(): boolean {
    return this.#refused;
  }

  /** Forgets both tokens, and every answer that the service gave to them. */
  forget(): void {
    this.tokens.forget('read');
    this.tokens.forget('write');
    // A new map: a reply that is under way may still write to the old one.
    this.#cache = new Map();
    this.#refused = false;
    this.#generation += 1;
  }

  /** Reads a path; the service does not send again what has not changed since. */
  get<Answer>(path: string): Promise<ApiResult<Answer>> {
    return this.#unlessForgotten(this.#get<Answer>(path));
  }

  async #get<Answer>(path: string): Promise<ApiResult<Answer>> {
    const cache = this.#cache;
    const cached = cache.get(path);
    const reply = await this.#read(path, cached === undefined ? {} : { 'if-none-match': cached.etag });
    if (reply === undefined) return { kind: 'unreachable' };
    const verifiedAt = reply.headers.get('doi-verified-at');
    if (reply.status === 304 && cached !== undefined) {
      keepLatest(cache, path, cached);
      return { kind: 'answered', answer: cached.answer as Answer, isNew: false, verifiedAt };
    }
    if (!reply.ok) return refusalOf(reply);
    const answer = await reply.json().catch(() => undefined);
    if (answer === undefined) return { kind: 'unreachable' };
    const etag = reply.headers.get('etag');
    if (etag !== null) keepLatest(cache, path, { etag, answer });
    return { kind: 'answered', answer: answer as Answer, isNew: true, verifiedAt };
  }

  /** Reads a path as a file of this media type. */
  getFile(path: string, type: string): Promise<ApiResult<Blob>> {
    return this.#unlessForgotten(this.#getFile(path, type));
  }

  async #getFile(path: string, type: string): Promise<ApiResult<Blob>> {
    const reply = await this.#read(path, { accept: type });
    if (reply === undefined) return { kind: 'unreachable' };
    if (!reply.ok) return refusalOf(reply);
    const answer = await reply.blob().catch(() => undefined);
    return answer === undefined
      ? { kind: 'unreachable' }
      : { kind: 'answered', answer, isNew: true, verifiedAt: null };
  }

  /** Compares the generation after the body has been read, which may take long. */
  async #unlessForgotten<Answer>(reading: Promise<ApiResult<Answer>>): Promise<ApiResult<Answer>> {
    const generation = this.#generation;
    const result = await reading;
    return generation === this.#generation ? result : { kind: 'dropped' };
  }

  async #read(path: string, headers: Record<string, string>): Promise<Response | undefined> {
    const token = this.tokens.get('read');
    const reply = await send(path, { headers: { ...authorization(token), ...headers } });
    const date = Date.parse(reply?.headers.get('date') ?? '');
    if (!Number.isNaN(date)) this.#ahead = date - Date.now();
    // The person may have entered another token meanwhile.
    const isRefused = reply?.status === 401 && token !== undefined && this.tokens.get('read') === token;
    if (isRefused || reply?.ok) this.#refused = isRefused;
    if (isRefused) this.#drop('read');
    return reply;
  }

  #drop(purpose: Purpose): void {
    this.tokens.forget(purpose);
    this.#onRefused();
  }

  /** Requests an evaluation of a repository. */
  async refresh(slug: string): Promise<ApiResult<unknown>> {
    const path = `./repos/${encodeURIComponent(slug)}/doi/refresh`;
    const token = this.tokens.get('write');
    const reply = await send(path, { method: 'POST', headers: authorization(token) });
    if (reply === undefined) return { kind: 'unreachable' };
    if (reply.status === 401 && token !== undefined && this.tokens.get('write') === token)
      this.#drop('write');
    if (!reply.ok) return refusalOf(reply);
    return { kind: 'answered', answer: undefined, isNew: true, verifiedAt: null };
  }
}

/** Puts an answer last, and removes the first one of a cache that is full. */
function keepLatest(cache: Map<string, CachedAnswer>, path: string, answer: CachedAnswer): void {
  cache.delete(path);
  cache.set(path, answer);
  const [oldest] = cache.keys();
  if (cache.size > CACHED && oldest !== undefined) cache.delete(oldest);
}

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

async function send(path: string, init: RequestInit): Promise<Response | undefined> {
  try {
    // The browser's own cache would answer a 304 as a 200.
    return await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(20_000), ...init });
  } catch {
    return undefined;
  }
}

async function refusalOf(reply: Response): Promise<Exclude<ApiResult<never>, { kind: 'answered' }>> {
  if (reply.status === 401) return { kind: 'unauthorized' };
  const problem: Record<string, string> = await reply.json().catch(() => ({}));
  const { detail: found = `The service answered with status ${reply.status}.`, remedy = '' } = problem;
  const why = `${found} ${remedy}`.trim();
  return reply.status === 404 ? { kind: 'missing', why } : { kind: 'refused', why };
}
