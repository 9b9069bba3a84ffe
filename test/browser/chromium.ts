/** Opens pages in a headless Chromium, and collects what goes wrong on them. */
import { type Browser, type BrowserContextOptions, chromium, type Page, type Request } from 'playwright-core';
import { findChromium, NO_CHROMIUM } from '../helpers/find-chromium.js';

export interface VisitOptions extends BrowserContextOptions {
  /** HTTP requests are meant to fail: allows the messages by which Chromium reports that, and no others. */
  readonly mayFail?: boolean;
  /** Replaces the page's clock before the page loads; the test moves it. */
  readonly ownClock?: boolean;
  /** Called with each HTTP request of the page. */
  readonly onRequest?: (request: Request) => void;
  /** Keeps the page open over `leave`, for the tests that share it. */
  readonly isShared?: boolean;
}

/** The limit of each wait of a page. */
const WAIT_MS = 20_000;

export class Chromium {
  readonly #browser: Browser;
  readonly #shared = new Set<Page>();
  readonly #problems: string[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async open(): Promise<Chromium> {
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error(NO_CHROMIUM);
    return new Chromium(await chromium.launch({ executablePath }));
  }

  /** Opens an address in a browser without cookies, storage or cache. */
  async visit(url: string, options: VisitOptions = {}): Promise<Page> {
    const { mayFail = false, ownClock = false, isShared = false, onRequest, ...settings } = options;
    const context = await this.#browser.newContext(settings);
    const page = await context.newPage();
    if (isShared) this.#shared.add(page);
    page.setDefaultTimeout(WAIT_MS);
    this.#watch(page, new URL(url).origin, mayFail);
    if (onRequest !== undefined) page.on('request', onRequest);
    if (ownClock) await page.clock.install();
    await page.goto(url);
    return page;
  }

  #watch(page: Page, origin: string, mayFail: boolean): void {
    const add = (problem: string) => this.#problems.push(problem);
    page.on('pageerror', (error) => add(`error: ${error.stack}`));
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      // Chromium reports each answer that is no success. A breach of the page's policy is an error of the console too.
      if (mayFail && message.text().startsWith('Failed to load resource')) return;
      add(`${message.type()}: ${message.text()}`);
    });
    page.on('request', (request) => {
      const isOwn = request.url().startsWith(`${origin}/`) || request.url().startsWith('data:');
      if (!isOwn) add(`HTTP request to another server: ${request.url()}`);
    });
    page.on('dialog', (dialog) => {
      add(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  /**
   * Closes all pages but the shared ones.
   * @returns what went wrong on all of them: errors, warnings, breaches of the policy, HTTP requests to other servers
   */
  async leave(): Promise<string[]> {
    const shared = new Set([...this.#shared].map((page) => page.context()));
    const left = this.#browser.contexts().filter((context) => !shared.has(context));
    await Promise.all(left.map((context) => context.close()));
    return this.#problems.splice(0);
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}
