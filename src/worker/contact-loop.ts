/** Contacts the remotes of a host's mirrors as they become due. Promise: a slow server takes no place of the others. */
import { PER_SERVER } from '../git/remote/server-limits.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import type { Sql } from '../platform/postgres/sql.js';
import { claimDueMirrors, type Mirror, nextDue } from '../store/mirrors/contacts.js';

export interface ContactLoopDeps {
  readonly sql: Sql;
  readonly host: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly everyMs: number;
  /** How many remotes are contacted at once. */
  readonly concurrency: number;
  readonly contact: (mirror: Mirror) => Promise<unknown>;
}

/** How long to wait at least and at most between two claims, in milliseconds. */
const PAUSE = { least: 50, underWay: 1000, most: 5000 };

export class ContactLoop {
  readonly #deps: ContactLoopDeps;
  readonly #stop = new AbortController();
  /** The contacts under way, each with its server. */
  readonly #underWay = new Map<Promise<void>, string>();
  readonly #running: Promise<void>;

  /** Begins at once. */
  constructor(deps: ContactLoopDeps) {
    this.#deps = deps;
    this.#running = this.#run();
  }

  /** Claims no more; contacts under way go on. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#deps;
    const { signal } = this.#stop;
    let isFailing = false;
    while (!signal.aborted) {
      let pause = PAUSE.most;
      try {
        pause = await this.#claim();
        isFailing = false;
      } catch (error) {
        if (!isFailing && !signal.aborted)
          log.warn({ error }, 'mirrors that are due could not be read; the worker retries that');
        isFailing = true;
      }
      await Promise.race([clock.sleep(pause, signal), ...this.#underWay.keys()]);
    }
  }

  /** Begins with those that are due, as far as there is room. @returns how long to wait for the next, in milliseconds */
  async #claim(): Promise<number> {
    const { sql, host, everyMs, concurrency } = this.#deps;
    const most = 2 * concurrency - this.#underWay.size;
    if (most <= 0) return PAUSE.most;
    const servers = [...this.#underWay.values()];
    const busy = servers.filter((one) => servers.filter((other) => other === one).length >= PER_SERVER);
    const options = { everyMs, most, mostOfServer: PER_SERVER, busy: [...new Set(busy)] };
    const claimed = await claimDueMirrors(sql, host, options);
    for (const mirror of claimed) this.#begin(mirror);
    if (claimed.length > 0) return PAUSE.least;
    const wait = (await nextDue(sql, host)) ?? PAUSE.most;
    // What is due and was not claimed waits for a server with enough contacts under way.
    return Math.min(Math.max(wait, servers.length > 0 ? PAUSE.underWay : PAUSE.least), PAUSE.most);
  }

  #begin(mirror: Mirror): void {
    const { contact, log } = this.#deps;
    const ended = contact(mirror).then(
      () => {},
      (error: unknown) => {
        if (!this.#stop.signal.aborted) log.warn({ error, slug: mirror.slug }, 'a contact was not recorded');
      },
    );
    const held = ended.finally(() => this.#underWay.delete(held));
    this.#underWay.set(held, mirror.server);
  }
}
