/** Asks a forge for JSON: with its token, again after a moment where that may help, and within the forge's limits. */

import { DoiError } from '../domain/errors.js';
import { cleanText } from '../domain/text.js';
import type { Clock } from '../platform/clock.js';
import { describeForge, type ForgeAddress } from './forge-address.js';
import { limitWait } from './rate-limit.js';
import { type ForgeAnswer, sendRequest } from './send-request.js';

export interface ForgeClientOptions {
  readonly address: ForgeAddress;
  readonly owner: string;
  readonly token: string | undefined;
  /** The environment variable that holds the token. */
  readonly variable: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called before a wait that the forge demands. */
  readonly onWait: (ms: number) => void;
  /** How long one answer may take, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 30_000;
/** How long one listing waits for a forge's limits in all. */
const MOST_WAITED_MS = 15 * 60_000;
/** A forge that limits every try, without a time to wait, would be asked for ever. */
const MOST_LIMITED = 20;
/** The waits before the next try, where the forge or the network fails. */
const RETRY_MS = [1000, 5000];

export class ForgeClient {
  readonly address: ForgeAddress;
  /** The forge's name for people. */
  readonly name: string;
  readonly hasToken: boolean;
  readonly #options: ForgeClientOptions;
  #waitedMs = 0;
  #limited = 0;

  constructor(options: ForgeClientOptions) {
    this.#options = options;
    this.address = options.address;
    this.name = describeForge(options.address);
    this.hasToken = options.token !== undefined;
  }

  /**
   * The answer to a GET below the root of the API.
   * @param target path and query, with a slash at its beginning
   * @throws {DoiError} `remote_denied`, `remote_gone`, `remote_moved`, `remote_limited`, `remote_unreachable`,
   *   `remote_too_large`, `remote_failed`; the reason of the signal where it aborts
   */
  async get(target: string): Promise<ForgeAnswer> {
    const answer = await this.#ask(target);
    if (answer.status !== 200) throw this.#refuse(answer);
    return answer;
  }

  /** The same, but undefined where the forge has nothing there. */
  async find(target: string): Promise<ForgeAnswer | undefined> {
    const answer = await this.#ask(target);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw this.#refuse(answer);
    return answer;
  }

  /**
   * Whether the forge says that there is nothing, or nothing any more.
   * @throws {DoiError} as {@link get} where it does not answer; the reason of the signal where it aborts
   */
  async isGone(target: string): Promise<boolean> {
    const answer = await this.#ask(target);
    if (answer.status >= 500) throw this.#refuse(answer);
    return answer.status === 404 || answer.status === 410;
  }

  /** The error for an answer that is not what the forge's API documents. */
  misanswered(why: string, options?: ErrorOptions): DoiError {
    const remedy = `Check that ${this.address.apiUrl} is the API of ${this.name}, and that nothing in between changes its answers.`;
    return new DoiError('remote_failed', `${this.name} ${why}.`, remedy, options);
  }

  /** The error for an owner that the forge does not have. */
  ownerGone(): DoiError {
    const { owner, variable, token } = this.#options;
    const seen = token === undefined ? 'a client without a token may not see it' : `the token may not see it`;
    const found = `${this.name} has no user, organisation or group ${owner}, or ${seen}.`;
    const remedy = `Check the name; for one that is private set ${variable} to a token that may read it.`;
    return new DoiError('remote_gone', found, remedy);
  }

  async #ask(target: string): Promise<ForgeAnswer> {
    const { clock, signal } = this.#options;
    for (let tries = 0; ; ) {
      signal.throwIfAborted();
      const answer = await this.#sendOnce(target, RETRY_MS[tries]);
      if (answer !== undefined) {
        const wait = limitWait({ ...answer, message: messageOf(answer) }, clock.now());
        if (wait === undefined) return answer;
        await this.#waitForLimit(wait);
      } else {
        await clock.sleep(RETRY_MS[tries] ?? 0, signal);
        tries += 1;
      }
    }
  }

  /** @returns undefined where it failed so that another try may help, and there is one left */
  async #sendOnce(target: string, retryMs: number | undefined): Promise<ForgeAnswer | undefined> {
    const { address, token, signal, timeoutMs = TIMEOUT_MS } = this.#options;
    const headers = {
      accept: address.kind === 'github' ? 'application/vnd.github+json' : 'application/json',
      'user-agent': 'doi-worker',
      ...(address.kind === 'github' ? { 'x-github-api-version': '2022-11-28' } : {}),
      ...(token === undefined ? {} : { authorization: `${schemeOf(address)} ${token}` }),
    };
    try {
      const options = { headers, forge: this.name, signal, timeoutMs };
      const answer = await sendRequest(`${address.apiUrl}${target}`, options);
      const mayRetry = answer.status >= 500 && !answer.headers.has('retry-after') && retryMs !== undefined;
      return mayRetry ? undefined : answer;
    } catch (error) {
      const isAway = error instanceof DoiError && error.code === 'remote_unreachable';
      if (isAway && retryMs !== undefined) return undefined;
      throw error;
    }
  }

  async #waitForLimit(ms: number): Promise<void> {
    const { clock, signal, variable, token, onWait } = this.#options;
    this.#limited += 1;
    this.#waitedMs += ms;
    if (this.#waitedMs > MOST_WAITED_MS || this.#limited > MOST_LIMITED) {
      const found = `${this.name} limits this client, and wants it to wait ${Math.ceil(ms / 1000)} s more.`;
      const remedy =
        token === undefined
          ? `Set ${variable}: with a token the limit is higher.`
          : 'Run the command again after that time.';
      throw new DoiError('remote_limited', found, remedy);
    }
    onWait(ms);
    await clock.sleep(ms, signal);
  }

  #refuse(answer: ForgeAnswer): DoiError {
    const { owner, variable, token } = this.#options;
    const { status, headers } = answer;
    if (status === 404) return this.ownerGone();
    if (status === 401 || status === 403) {
      const whom = token === undefined ? 'a client without a token' : `the token of ${variable}`;
      const found = `${this.name} does not let ${whom} list the repositories of ${owner}${quote(answer)}.`;
      const remedy = `Set ${variable} to a token that is valid and may read the repositories of ${owner}.`;
      return new DoiError('remote_denied', found, remedy);
    }
    if (status >= 300 && status < 400) {
      const to = cleanText(headers.get('location') ?? 'an unknown address', 200);
      const remedy = 'Give the address or the owner that the forge names; no redirect is followed.';
      return new DoiError('remote_moved', `${this.name} redirects to ${to}.`, remedy);
    }
    if (status < 500) return this.misanswered(`answers with status ${status}${quote(answer)}`);
    const remedy = 'Check the state of the forge, and run the command again.';
    return new DoiError('remote_unreachable', `${this.name} answers with status ${status}.`, remedy);
  }
}

/** Gitea knows its tokens by a scheme of its own. */
function schemeOf({ kind }: ForgeAddress): string {
  return kind === 'gitea' || kind === 'forgejo' ? 'token' : 'Bearer';
}

/** What a forge says of its refusal, for people. */
function messageOf({ body }: ForgeAnswer): string {
  if (typeof body !== 'object' || body === null || !('message' in body)) return '';
  return typeof body.message === 'string' ? body.message : '';
}

function quote(answer: ForgeAnswer): string {
  const message = cleanText(messageOf(answer), 200)
    .replace(/[\n\t]/g, ' ')
    .replace(/\.$/, '');
  return message === '' ? '' : `: "${message}"`;
}
