/** Asks the service. All addresses are relative, since it may be served below any path. */
import type { Outcome } from './connection.js';
import { type Purpose, Tokens } from './tokens.js';

/** So many answers are kept at most: those that were asked for last, among them what each poll asks for. */
const KEPT = 100;

/** What was got, by address, with the tag that names it. */
interface Kept {
  readonly tag: string;
  readonly answer: unknown;
}

export type Got<Answer> =
  | {
      readonly kind: 'answered';
      readonly answer: Answer;
      readonly isNew: boolean;
      /** For which time the answer claims its staleness, as ISO 8601 text; null where it claims none. */
      readonly verifiedAt: string | null;
    }
  | { readonly kind: 'missing'; readonly why: string }
  /** The tokens were forgotten while the answer was under way: nothing of it may be shown. */
  | { readonly kind: 'dropped' }
  | Exclude<Outcome, { kind: 'answered' }>;

export class Asker {
  readonly tokens = new Tokens();
  #kept = new Map<string, Kept>();
  #refused = false;
  /** Raised when the tokens are forgotten. */
  #generation = 0;
  /** By how many milliseconds the service's clock is ahead of the browser's, by its last answer; it says whole seconds. */
  #ahead = 0;
  readonly #onRefused: () => void;

  constructor(onRefused: () => void) {
    this.#onRefused = onRefused;
  }

  /** The time by the service's clock, which the times in its answers are by. */
  get now(): number {
    return Date.now() + this.#ahead;
  }

  /** Whether anybody may ask for an evaluation over HTTP: the service writes it into the page. */
  readonly mayAsk = document.documentElement.dataset['asking'] !== 'nobody';

  /** Which tokens are in use: another number after they were forgotten. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether the service refused the last token for reading that it was sent. */
  get wasRefused(): boolean {
    return this.#refused;
  }

  /** Forgets both tokens, and what the service answered to them. */
  forget(): void {
    this.tokens.forget('read');
    this.tokens.forget('ask');
    // A new map: a reply that is under way may still write to the old one.
    this.#kept = new Map();
    this.#refused = false;
    this.#generation += 1;
  }

  /** Reads an address; what has not changed since is not sent again. */
  get<Answer>(path: string): Promise<Got<Answer>> {
    return this.#unlessForgotten(this.#get<Answer>(path));
  }

  async #get<Answer>(path: string): Promise<Got<Answer>> {
    const memory = this.#kept;
    const kept = memory.get(path);
    const tag = kept === undefined ? {} : { 'if-none-match': kept.tag };
    const reply = await this.#read(path, tag);
    if (reply === undefined) return { kind: 'unreachable' };
    const verifiedAt = reply.headers.get('doi-verified-at');
    if (reply.status === 304 && kept !== undefined) {
      keep(memory, path, kept);
      return { kind: 'answered', answer: kept.answer as Answer, isNew: false, verifiedAt };
    }
    if (!reply.ok) return refusalOf(reply);
    const answer = await reply.json().catch(() => undefined);
    if (answer === undefined) return { kind: 'unreachable' };
    const newTag = reply.headers.get('etag');
    if (newTag !== null) keep(memory, path, { tag: newTag, answer });
    return { kind: 'answered', answer: answer as Answer, isNew: true, verifiedAt };
  }

  /** Reads an address as a file of this type. */
  getFile(path: string, type: string): Promise<Got<Blob>> {
    return this.#unlessForgotten(this.#getFile(path, type));
  }

  async #getFile(path: string, type: string): Promise<Got<Blob>> {
    const reply = await this.#read(path, { accept: type });
    if (reply === undefined) return { kind: 'unreachable' };
    if (!reply.ok) return refusalOf(reply);
    const answer = await reply.blob().catch(() => undefined);
    return answer === undefined
      ? { kind: 'unreachable' }
      : { kind: 'answered', answer, isNew: true, verifiedAt: null };
  }

  /** The generation is compared after the body has been read, which may take long. */
  async #unlessForgotten<Answer>(asked: Promise<Got<Answer>>): Promise<Got<Answer>> {
    const generation = this.#generation;
    const got = await asked;
    return generation === this.#generation ? got : { kind: 'dropped' };
  }

  async #read(path: string, headers: Record<string, string>): Promise<Response | undefined> {
    const token = this.tokens.get('read');
    const reply = await send(path, { headers: { ...bearing(token), ...headers } });
    const date = Date.parse(reply?.headers.get('date') ?? '');
    if (!Number.isNaN(date)) this.#ahead = date - Date.now();
    // Somebody may have entered another token meanwhile.
    const isRefused = reply?.status === 401 && token !== undefined && this.tokens.get('read') === token;
    if (isRefused || reply?.ok) this.#refused = isRefused;
    if (isRefused) this.#drop('read');
    return reply;
  }

  #drop(purpose: Purpose): void {
    this.tokens.forget(purpose);
    this.#onRefused();
  }

  /** Asks for an evaluation. */
  async refresh(slug: string): Promise<Got<unknown>> {
    const path = `./repos/${encodeURIComponent(slug)}/doi/refresh`;
    const token = this.tokens.get('ask');
    const reply = await send(path, { method: 'POST', headers: bearing(token) });
    if (reply === undefined) return { kind: 'unreachable' };
    if (reply.status === 401 && token !== undefined && this.tokens.get('ask') === token) this.#drop('ask');
    if (!reply.ok) return refusalOf(reply);
    return { kind: 'answered', answer: undefined, isNew: true, verifiedAt: null };
  }
}

/** Keeps it as the latest, and the latest only. */
function keep(memory: Map<string, Kept>, path: string, kept: Kept): void {
  memory.delete(path);
  memory.set(path, kept);
  const [oldest] = memory.keys();
  if (memory.size > KEPT && oldest !== undefined) memory.delete(oldest);
}

function bearing(token: string | undefined): Record<string, string> {
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

async function refusalOf(reply: Response): Promise<Exclude<Got<never>, { kind: 'answered' }>> {
  if (reply.status === 401) return { kind: 'unauthorized' };
  const problem: Record<string, string> = await reply.json().catch(() => ({}));
  const { detail: found = `The service answered with status ${reply.status}.`, remedy = '' } = problem;
  const why = `${found} ${remedy}`.trim();
  return reply.status === 404 ? { kind: 'missing', why } : { kind: 'refused', why };
}
