/** Reads the report of one repository from a server. */
import { type ServerReport, serverReport } from '../api/server-report.js';
import { findKept, readServerTime } from './kept-by-cache.js';
import {
  type ApiAnswer,
  type ApiClient,
  type ApiRequest,
  invalidAnswer,
  throwProblem,
} from './open-client.js';

/** A report, with what its answer says beside it. It is stale, too, if a cache kept the answer for longer than it holds. */
export interface ReadReport {
  readonly report: ServerReport;
  /** The server's time when the answer arrived; null where the answer gives none. */
  readonly at: Date | null;
}

interface Kept {
  readonly report: ServerReport;
  readonly etag: string;
}

/** Reads one report again and again; a body that has not changed is not sent a second time. */
export class ReportReader {
  readonly #client: ApiClient;
  readonly #slug: string;
  #kept: Kept | undefined;

  /** @param slug of the form of a slug, so that no character of it is encoded in a path */
  constructor(client: ApiClient, slug: string) {
    this.#client = client;
    this.#slug = slug;
  }

  /** @throws {DoiError} `server_answer_invalid`, or what {@link throwProblem} and the client throw */
  async read(options: Pick<ApiRequest, 'timeoutMs'> = {}): Promise<ReadReport> {
    const kept = this.#kept;
    const headers = kept === undefined ? {} : { 'if-none-match': kept.etag };
    const answer = await this.#client.request({ path: `/repos/${this.#slug}/doi`, headers, ...options });
    if (answer.status === 304 && kept !== undefined) return toRead(kept.report, answer);
    if (answer.status !== 200) return throwProblem(answer);
    const parsed = serverReport.safeParse(answer.body);
    if (!parsed.success || parsed.data.repo_slug !== this.#slug)
      throw invalidAnswer('The server answers with something other than a report of this repository');
    const etag = answer.headers['etag'];
    this.#kept = etag === undefined ? undefined : { report: parsed.data, etag };
    return toRead(parsed.data, answer);
  }
}

function toRead(report: ServerReport, { headers }: ApiAnswer): ReadReport {
  const at = readServerTime(headers);
  const kept = findKept(headers, report.stale);
  if (kept === undefined) return { report, at };
  return { report: { ...report, stale: true, stale_reasons: [kept, ...report.stale_reasons] }, at };
}
