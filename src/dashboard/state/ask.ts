/** Asks the service. All addresses are relative, since it may be served below any path. Tokens are in memory alone. */
import type { Outcome } from './connection.js';

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
  | Exclude<Outcome, { kind: 'answered' }>;

export class Asker {
  readonly #kept = new Map<string, Kept>();
  #readToken: string | undefined;
  #askToken: string | undefined;

  /** Whether anybody may ask for an evaluation over HTTP: the service writes it into the page. */
  readonly mayAsk = document.documentElement.dataset['asking'] !== 'nobody';

  /** For the rest of this page's life. */
  useReadToken(token: string): void {
    this.#readToken = token;
  }

  useAskToken(token: string | undefined): void {
    this.#askToken = token;
  }

  get hasAskToken(): boolean {
    return this.#askToken !== undefined;
  }

  /** Reads an address; what has not changed since is not sent again. */
  async get<Answer>(path: string): Promise<Got<Answer>> {
    const kept = this.#kept.get(path);
    const headers = {
      ...bearing(this.#readToken),
      ...(kept === undefined ? {} : { 'if-none-match': kept.tag }),
    };
    const reply = await send(path, { headers });
    if (reply === undefined) return { kind: 'unreachable' };
    const verifiedAt = reply.headers.get('doi-verified-at');
    if (reply.status === 304 && kept !== undefined) {
      return { kind: 'answered', answer: kept.answer as Answer, isNew: false, verifiedAt };
    }
    if (!reply.ok) return refusalOf(reply);
    const answer = await reply.json().catch(() => undefined);
    if (answer === undefined) return { kind: 'unreachable' };
    const tag = reply.headers.get('etag');
    if (tag !== null) this.#kept.set(path, { tag, answer });
    return { kind: 'answered', answer: answer as Answer, isNew: true, verifiedAt };
  }

  /** Asks for an evaluation. */
  async refresh(slug: string): Promise<Got<unknown>> {
    const path = `./repos/${encodeURIComponent(slug)}/doi/refresh`;
    const reply = await send(path, { method: 'POST', headers: bearing(this.#askToken) });
    if (reply === undefined) return { kind: 'unreachable' };
    if (!reply.ok) return refusalOf(reply);
    return { kind: 'answered', answer: undefined, isNew: true, verifiedAt: null };
  }
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
  const { detail: found = `It answered ${reply.status}.`, remedy = '' } = problem;
  const why = `${found} ${remedy}`.trim();
  return reply.status === 404 ? { kind: 'missing', why } : { kind: 'refused', why };
}
