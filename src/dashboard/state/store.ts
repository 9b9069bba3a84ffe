/** What the page knows and how it comes to know it: polls, keeps the last good picture, and tells whoever shows it. */

import type { TrendAnswer } from '../../api/history.js';
import type { HostAnswer } from '../../api/hosts.js';
import type { SummaryEntry } from '../../api/summary.js';
import type { SweepAnswer } from '../../api/sweeps.js';
import { EVERYTHING, readAddress, type View, writeAddress } from './address.js';
import { Asker } from './ask.js';
import { markChanges } from './changes.js';
import { afterAsk, type Connection, pauseOf, START } from './connection.js';
import { noteOver, type Over } from './over.js';
import type { Purpose } from './tokens.js';

export interface Page {
  readonly connection: Connection;
  /** For which time the last answer says what is stale, as ISO 8601 text; null where it does not say. */
  readonly verifiedAt: string | null;
  /** Undefined before the first answer. */
  readonly entries: readonly SummaryEntry[] | undefined;
  readonly trend: TrendAnswer | undefined;
  /** Null where there has been none yet. */
  readonly sweep: SweepAnswer | null | undefined;
  readonly hosts: readonly HostAnswer[] | undefined;
  /** Problems of hosts that are over. */
  readonly over: readonly Over[];
  readonly view: View;
  /** What changed with the last answer, for a moment: `slug` or `slug C1`. */
  readonly changed: ReadonlySet<string>;
  /** By the service's clock; counts on, so that what says how long ago something was says it anew. */
  readonly now: number;
}

const TICK_MS = 10_000;
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
  over: [],
} as const;

export class Store {
  readonly asker = new Asker(() => this.#onRefused());
  #page: Page;
  readonly #listeners = new Set<() => void>();
  #timer: number | undefined;
  #polling = false;
  /** Whether somebody asked while it was asked for already: what is under way may be from before. */
  #again = false;
  #marked: number | undefined;

  constructor() {
    this.#page = {
      ...NOTHING,
      ...{ view: readAddress(location.search), changed: new Set<string>(), now: this.asker.now },
    };
    addEventListener('popstate', () => this.#set({ view: readAddress(location.search) }));
    document.addEventListener('visibilitychange', () => this.#onVisibility());
    addEventListener('online', () => this.poll());
    setInterval(() => this.#set({ now: this.asker.now }), TICK_MS);
  }

  get page(): Page {
    return this.#page;
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Shows something else. A repository that is opened is a step to go back from; a filter is not. */
  look(change: Partial<View>): void {
    const view = { ...this.#page.view, ...change };
    const address = `${location.pathname}${writeAddress(view)}`;
    if (change.repo !== undefined && change.repo !== this.#page.view.repo)
      history.pushState(null, '', address);
    else history.replaceState(null, '', address);
    this.#set({ view });
  }

  /** Shows all repositories again; the one that is open stays open. */
  lookAtAll(): void {
    this.look({ ...EVERYTHING, repo: this.#page.view.repo });
  }

  useToken(purpose: Purpose, token: string): void {
    this.asker.tokens.set(purpose, token);
    this.#set({});
    if (purpose === 'read') void this.poll();
  }

  /** Forgets both tokens, and shows no more what a token was needed for. */
  forgetTokens(): void {
    const { tokens } = this.asker;
    // A token that was refused is gone already.
    const hadToRead = tokens.get('read') !== undefined || this.#page.connection.state === 'unauthorized';
    this.asker.forget();
    this.#set(hadToRead ? NOTHING : {});
    void this.poll();
  }

  /** Asks for everything now, and again after a while. */
  async poll(): Promise<void> {
    if (document.hidden) return;
    this.#again = this.#polling;
    if (this.#polling) return;
    this.#polling = true;
    clearTimeout(this.#timer);
    const got = await this.asker.get<SummaryEntry[]>('./repos/doi/summary');
    if (got.kind === 'dropped') {
      this.#polling = false;
      return this.poll();
    }
    // It answers as soon as it is there at all, so that nothing else than being away looks like it.
    const outcome = got.kind === 'missing' ? ({ kind: 'refused', why: got.why } as const) : got;
    const connection = afterAsk(this.#page.connection, outcome, this.asker.now);
    if (got.kind === 'answered' && got.isNew) this.#take(got.answer);
    const verifiedAt = got.kind === 'answered' ? got.verifiedAt : this.#page.verifiedAt;
    this.#set({ connection, verifiedAt, now: this.asker.now });
    if (got.kind === 'answered') await this.#pollRest();
    this.#polling = false;
    if (this.#again) return this.poll();
    const pause = pauseOf(connection);
    if (pause !== undefined) this.#timer = window.setTimeout(() => this.poll(), pause);
  }

  async #pollRest(): Promise<void> {
    const { generation } = this.asker;
    const [trend, sweep, hosts] = await Promise.all([
      this.asker.get<TrendAnswer>('./doi/trend?days=30'),
      this.asker.get<SweepAnswer[]>('./sweeps?limit=1'),
      this.asker.get<HostAnswer[]>('./hosts'),
    ]);
    // One may have come before the tokens were forgotten, and another after.
    if (generation !== this.asker.generation) return;
    this.#set({
      ...(trend.kind === 'answered' ? { trend: trend.answer } : {}),
      ...(sweep.kind === 'answered' ? { sweep: sweep.answer[0] ?? null } : {}),
      ...(hosts.kind === 'answered' ? this.#seeHosts(hosts.answer) : {}),
    });
  }

  #seeHosts(now: readonly HostAnswer[]): Pick<Page, 'hosts' | 'over'> {
    const { hosts: before, over } = this.#page;
    return { hosts: now, over: noteOver(over, { before, now, at: this.asker.now }) };
  }

  #take(entries: readonly SummaryEntry[]): void {
    const changed = markChanges(this.#page.entries, entries);
    this.#set({ entries, changed });
    clearTimeout(this.#marked);
    this.#marked = window.setTimeout(() => this.#set({ changed: new Set() }), MARKED_MS);
  }

  /** The token is gone already, wherever it was refused: what it had shown may not be shown as live. */
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
