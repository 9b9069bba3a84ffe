/** Holds the page's data: polls the service, keeps the last good answers, and notifies the views. */

import type { TrendAnswer } from '../../api/history.js';
import type { HostAnswer } from '../../api/hosts.js';
import type { SummaryEntry } from '../../api/summary.js';
import type { SweepAnswer } from '../../api/sweeps.js';
import { EVERYTHING, readAddress, type View, writeAddress } from './address.js';
import { ApiClient } from './api-client.js';
import { findChanges, findRecoveries, type Recovery } from './compare-answers.js';
import { afterPoll, type Connection, pauseOf, START } from './connection.js';
import type { Purpose } from './tokens.js';

export interface Page {
  readonly connection: Connection;
  /** The time for which the last answer says whether it is stale, in ISO 8601; null where it does not say. */
  readonly verifiedAt: string | null;
  /** Undefined before the first answer. */
  readonly entries: readonly SummaryEntry[] | undefined;
  readonly trend: TrendAnswer | undefined;
  /** Null where no sweep has run yet. */
  readonly sweep: SweepAnswer | null | undefined;
  readonly hosts: readonly HostAnswer[] | undefined;
  readonly recoveries: readonly Recovery[];
  readonly view: View;
  /** What changed with the last answer, for a moment: `slug` or `slug C1`. */
  readonly changed: ReadonlySet<string>;
  /** By the service's clock; moves on between polls, so that the page shows current ages. */
  readonly now: number;
}

const TICK_MS = 10_000;
/** For so long the page marks what changed. */
const MARKED_MS = 4000;

const NOTHING = {
  ...{
    connection: START,
    verifiedAt: null,
    entries: undefined,
    trend: undefined,
    sweep: undefined,
    hosts: undefined,
  },
  recoveries: [],
} as const;

export class Store {
  readonly api = new ApiClient(() => this.#onRefused());
  #page: Page;
  readonly #listeners = new Set<() => void>();
  #timer: number | undefined;
  #polling = false;
  /** Whether `poll` was called during a poll: the answers under way may be older than that call. */
  #again = false;
  #unmarkTimer: number | undefined;

  constructor() {
    this.#page = {
      ...NOTHING,
      ...{ view: readAddress(location.search), changed: new Set<string>(), now: this.api.now },
    };
    addEventListener('popstate', () => this.#set({ view: readAddress(location.search) }));
    document.addEventListener('visibilitychange', () => this.#onVisibility());
    addEventListener('online', () => this.poll());
    setInterval(() => this.#set({ now: this.api.now }), TICK_MS);
  }

  get page(): Page {
    return this.#page;
  }

  /** @returns what ends the subscription */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Changes the view. The browser's back button leaves an opened repository; it does not undo a filter. */
  show(change: Partial<View>): void {
    const view = { ...this.#page.view, ...change };
    const address = `${location.pathname}${writeAddress(view)}`;
    if (change.repo !== undefined && change.repo !== this.#page.view.repo)
      history.pushState(null, '', address);
    else history.replaceState(null, '', address);
    this.#set({ view });
  }

  /** Shows all repositories again; the panel stays open. */
  showAll(): void {
    this.show({ ...EVERYTHING, repo: this.#page.view.repo });
  }

  useToken(purpose: Purpose, token: string): void {
    this.api.tokens.set(purpose, token);
    this.#set({});
    if (purpose === 'read') void this.poll();
  }

  /** Forgets both tokens, and drops what only a token could read. */
  forgetTokens(): void {
    const { tokens } = this.api;
    // A token that the service refused is forgotten already.
    const neededToken = tokens.get('read') !== undefined || this.#page.connection.state === 'unauthorized';
    this.api.forget();
    this.#set(neededToken ? NOTHING : {});
    void this.poll();
  }

  /** Reads everything now, and plans the next poll. */
  async poll(): Promise<void> {
    if (document.hidden) return;
    this.#again = this.#polling;
    if (this.#polling) return;
    this.#polling = true;
    clearTimeout(this.#timer);
    const result = await this.api.get<SummaryEntry[]>('./repos/doi/summary');
    if (result.kind === 'dropped') {
      this.#polling = false;
      return this.poll();
    }
    // A running service always has a summary: a 404 is another server's, or a proxy's.
    const outcome = result.kind === 'missing' ? ({ kind: 'refused', why: result.why } as const) : result;
    const connection = afterPoll(this.#page.connection, outcome, this.api.now);
    if (result.kind === 'answered' && result.isNew) this.#setEntries(result.answer);
    const verifiedAt = result.kind === 'answered' ? result.verifiedAt : this.#page.verifiedAt;
    this.#set({ connection, verifiedAt, now: this.api.now });
    if (result.kind === 'answered') await this.#pollRest();
    this.#polling = false;
    if (this.#again) return this.poll();
    const pause = pauseOf(connection);
    if (pause !== undefined) this.#timer = window.setTimeout(() => this.poll(), pause);
  }

  async #pollRest(): Promise<void> {
    const { generation } = this.api;
    const [trend, sweep, hosts] = await Promise.all([
      this.api.get<TrendAnswer>('./doi/trend?days=30'),
      this.api.get<SweepAnswer[]>('./sweeps?limit=1'),
      this.api.get<HostAnswer[]>('./hosts'),
    ]);
    // Some may have come before the tokens were forgotten, and others after.
    if (generation !== this.api.generation) return;
    this.#set({
      ...(trend.kind === 'answered' ? { trend: trend.answer } : {}),
      ...(sweep.kind === 'answered' ? { sweep: sweep.answer[0] ?? null } : {}),
      ...(hosts.kind === 'answered' ? this.#compareHosts(hosts.answer) : {}),
    });
  }

  #compareHosts(now: readonly HostAnswer[]): Pick<Page, 'hosts' | 'recoveries'> {
    const { hosts: before, recoveries } = this.#page;
    return { hosts: now, recoveries: findRecoveries(recoveries, { before, now, at: this.api.now }) };
  }

  #setEntries(entries: readonly SummaryEntry[]): void {
    const changed = findChanges(this.#page.entries, entries);
    this.#set({ entries, changed });
    clearTimeout(this.#unmarkTimer);
    this.#unmarkTimer = window.setTimeout(() => this.#set({ changed: new Set() }), MARKED_MS);
  }

  /** The token is forgotten already. The page must not show as live what that token had read, so it polls at once. */
  #onRefused(): void {
    this.#set({});
    void this.poll();
  }

  #onVisibility(): void {
    clearTimeout(this.#timer);
    if (!document.hidden) void this.poll();
  }

  #set(change: Partial<Page>): void {
    this.#page = { ...this.#page, ...change };
    for (const listener of this.#listeners) listener();
  }
}
