/** Reads a list of repositories from a forge page by page, by the `Link` header that all of them send (RFC 8288). */
import LinkHeader from 'http-link-header';
import type { z } from 'zod';
import { DoiError, type ErrorCode } from '../domain/errors.js';
import type { ForgeRepository } from '../domain/forge.js';
import { count } from '../domain/text.js';
import { checkRepository } from './check-repository.js';
import type { ForgeClient } from './forge-client.js';
import type { ForgeAnswer } from './send-request.js';

export interface PageProgress {
  /** How many repositories have been listed. */
  readonly count: number;
  /** How many there are, as far as the forge says. */
  readonly total: number | undefined;
}

export interface ForgeListing {
  readonly repositories: readonly ForgeRepository[];
  /** Why the list may not be whole; undefined where it is. */
  readonly ended?: DoiError | undefined;
}

export interface ListOptions {
  /** Path and query of the first page. */
  readonly target: string;
  readonly schema: z.ZodType<ForgeRepository>;
  /** Whether the addresses over ssh are to be used. */
  readonly wantsSsh: boolean;
  readonly onPage: (progress: PageProgress) => void;
}

/** Also the most that GitLab lists by pages. */
const MOST_REPOSITORIES = 50_000;
/** A forge may send short pages, but not without end. */
const MOST_PAGES = 2000;
/** What ends a list early instead of making it void: nothing that came before is doubtful. */
const ENDS_EARLY: ReadonlySet<ErrorCode> = new Set(['remote_limited', 'remote_unreachable']);

/**
 * Lists all pages. A page after the first that cannot be had ends the list early.
 * @throws {DoiError} as {@link ForgeClient.get}; `remote_failed` for an answer that is not as documented
 */
export async function listPages(client: ForgeClient, options: ListOptions): Promise<ForgeListing> {
  const byId = new Map<string, ForgeRepository>();
  const asked = new Set<string>();
  const totals = new Set<number>();
  const odd = new Set<string>();
  let partial: DoiError | undefined;
  let target: string | undefined = options.target;
  const ended = (why: DoiError | undefined) => ({ repositories: [...byId.values()], ended: why });
  while (target !== undefined) {
    if (asked.has(target)) throw client.misanswered('names the same next page again');
    asked.add(target);
    const answer = await getPage(client, target, byId.size);
    if (answer instanceof DoiError) return ended(answer);
    readPage(client, { ...options, answer, byId, odd });
    const total = totalOf(answer);
    if (total !== undefined) totals.add(total);
    const next = nextTarget(client, answer);
    options.onPage({ count: byId.size, total: total ?? next?.total });
    partial ??= findPartial(client, answer);
    target = next?.target;
    const limit = findLimit(client, byId.size, asked.size);
    if (target !== undefined && limit !== undefined) return ended(limit);
  }
  return ended(partial ?? findOdd(client, odd) ?? findChange(client, totals, byId.size));
}

async function getPage(client: ForgeClient, target: string, listed: number): Promise<ForgeAnswer | DoiError> {
  try {
    return await client.get(target);
  } catch (error) {
    if (listed > 0 && error instanceof DoiError && ENDS_EARLY.has(error.code)) return error;
    throw error;
  }
}

interface Page {
  readonly answer: ForgeAnswer;
  readonly byId: Map<string, ForgeRepository>;
  /** Why entries were left out. */
  readonly odd: Set<string>;
  readonly schema: z.ZodType<ForgeRepository>;
  readonly wantsSsh: boolean;
}

function readPage(client: ForgeClient, { answer, byId, odd, schema, wantsSsh }: Page): void {
  if (!Array.isArray(answer.body))
    throw client.misanswered('answers with something else than a list of repositories');
  const before = byId.size + odd.size;
  for (const raw of answer.body) {
    const checked = checkRepository(raw, { schema, wantsSsh, address: client.address });
    if (checked.ok) byId.set(checked.repository.id, checked.repository);
    else if (checked.isOdd) odd.add(checked.why);
    else throw client.misanswered(checked.why);
  }
  if (answer.body.length > 0 && byId.size + odd.size === before)
    throw client.misanswered('lists the same page again');
}

/** Path and query of the next page. Of its address only these are used, so that the token goes nowhere else. */
function nextTarget(
  client: ForgeClient,
  { headers }: ForgeAnswer,
): { target: string; total: number | undefined } | undefined {
  const text = headers.get('link');
  if (text === null) return undefined;
  const [next, last] = parseLinks(client, text);
  if (next === undefined) return undefined;
  const { apiUrl } = client.address;
  const root = new URL(apiUrl).pathname.replace(/\/$/, '');
  const url = URL.canParse(next, `${apiUrl}/`) ? new URL(next, `${apiUrl}/`) : undefined;
  if (url === undefined || !url.pathname.startsWith(`${root}/`))
    throw client.misanswered('names a next page that is not part of its API');
  return { target: `${url.pathname.slice(root.length)}${url.search}`, total: totalOfLast(last) };
}

function parseLinks(client: ForgeClient, text: string): (string | undefined)[] {
  try {
    const links = LinkHeader.parse(text);
    return ['next', 'last'].map((rel) => links.rel(rel)[0]?.uri);
  } catch (error) {
    throw client.misanswered('sends a Link header that cannot be parsed', { cause: error });
  }
}

/** An estimate for the bar: the number of the last page, times the size of a page. */
function totalOfLast(last: string | undefined): number | undefined {
  const query = last === undefined ? undefined : new URLSearchParams(last.split('?')[1] ?? '');
  const pages = Number(query?.get('page') ?? 0);
  const size = Number(query?.get('per_page') ?? query?.get('limit') ?? 0);
  return pages > 0 && size > 0 ? pages * size : undefined;
}

function totalOf({ headers }: ForgeAnswer): number | undefined {
  const text = headers.get('x-total') ?? headers.get('x-total-count') ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function findLimit(client: ForgeClient, repositories: number, pages: number): DoiError | undefined {
  if (repositories < MOST_REPOSITORIES && pages < MOST_PAGES) return undefined;
  const found = `${client.name} lists more than ${count(repositories, 'repository', 'repositories')} on ${count(pages, 'page')}.`;
  return new DoiError('remote_too_large', found, 'Discover its groups or users one at a time.');
}

/** GitHub leaves out what needs a single sign-on that the token has not passed. */
function findPartial(client: ForgeClient, { headers }: ForgeAnswer): DoiError | undefined {
  if (!headers.get('x-github-sso')?.startsWith('partial-results')) return undefined;
  const found = `${client.name} leaves out organisations whose single sign-on the token has not passed.`;
  return new DoiError('remote_denied', found, 'Authorise the token for single sign-on at the forge.');
}

function findOdd(client: ForgeClient, odd: ReadonlySet<string>): DoiError | undefined {
  const [first] = odd;
  if (first === undefined) return undefined;
  const more =
    odd.size > 1 ? `, and ${count(odd.size - 1, 'more such repository', 'more such repositories')}` : '';
  return new DoiError(
    'remote_failed',
    `${client.name} ${first}${more}.`,
    'Rename it at the forge. All others were listed.',
  );
}

/**
 * Where repositories are deleted or renamed between two pages, those behind them move up, and are on neither page. A list may
 * be short for other reasons too.
 */
function findChange(client: ForgeClient, totals: ReadonlySet<number>, listed: number): DoiError | undefined {
  // Gitea and Forgejo count those too that the token may not read.
  const [total = listed] = client.address.kind === 'gitlab' ? totals : [];
  if (totals.size < 2 && total === listed) return undefined;
  const found =
    totals.size < 2
      ? `${client.name} says that it has ${total} repositories, and lists ${listed}, so some may be missing.`
      : `The repositories of ${client.name} changed while they were listed, so some may be missing.`;
  return new DoiError('remote_failed', found, 'Run the command again.');
}
