/** Opens pages in a headless Chromium of a test's own, and keeps what went wrong on them. */
import { type Browser, type BrowserContextOptions, chromium, type Page, type Request } from 'playwright-core';
import { findChromium, NO_CHROMIUM } from '../helpers/find-chromium.js';

export interface VisitOptions extends BrowserContextOptions {
  /** Requests are meant to fail, which Chromium says by itself; nothing else is let pass. */
  readonly mayFail?: boolean;
  /** Takes the page's clock in hand before the page is there. */
  readonly ownClock?: boolean;
  /** Hears of each request of the page. */
  readonly onRequest?: (request: Request) => void;
}

/** Each wait of a page ends after so long. */
const WAIT_MS = 20_000;

export class Chromium {
  readonly #browser: Browser;
  readonly #wrongs: string[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async open(): Promise<Chromium> {
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error(NO_CHROMIUM);
    return new Chromium(await chromium.launch({ executablePath }));
  }

  /** Opens an address as somebody does who has never been there. */
  async visit(url: string, options: VisitOptions = {}): Promise<Page> {
    const { mayFail = false, ownClock = false, onRequest, ...settings } = options;
    const context = await this.#browser.newContext(settings);
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    this.#watch(page, new URL(url).origin, mayFail);
    if (onRequest !== undefined) page.on('request', onRequest);
    if (ownClock) await page.clock.install();
    await page.goto(url);
    return page;
  }

  #watch(page: Page, origin: string, mayFail: boolean): void {
    const wrong = (what: string) => this.#wrongs.push(what);
    page.on('pageerror', (error) => wrong(`error: ${error.stack}`));
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      // Chromium reports each answer that is no success. A breach of the page's policy is an error of the console too.
      if (mayFail && message.text().startsWith('Failed to load resource')) return;
      wrong(`${message.type()}: ${message.text()}`);
    });
    page.on('request', (request) => {
      const isOwn = request.url().startsWith(`${origin}/`) || request.url().startsWith('data:');
      if (!isOwn) wrong(`asked elsewhere: ${request.url()}`);
    });
    page.on('dialog', (dialog) => {
      wrong(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  /** Closes all pages. @returns what went wrong on them: errors, warnings, breaches of the policy, requests to elsewhere */
  async leave(): Promise<string[]> {
    await Promise.all(this.#browser.contexts().map((context) => context.close()));
    return this.#wrongs.splice(0);
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}
