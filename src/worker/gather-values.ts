/** Gathers the values that criteria judge, each when a criterion first needs it, with its digest and version. */

import { createHash } from 'node:crypto';
import type { Digests } from '../domain/evaluation.js';
import { UNSTABLE, type Versions } from '../domain/fingerprint.js';
import { checkoutPath } from '../domain/home.js';
import { CONTENT_KEYS, type ContentKey, type InputValues, type ValueKey } from '../domain/input.js';
import type { CompleteNow } from '../inputs/complete-now.js';
import type { CheckoutLoader } from '../inputs/load/checkout-loader.js';
import type { LoadedInputs } from '../inputs/load/load-inputs.js';
import type { BareTip } from '../inputs/probe/commit-inputs.js';
import type { CheckoutTarget } from '../inputs/probe/probe-checkout.js';

export interface GatherDependencies {
  readonly loader: CheckoutLoader;
  readonly loadTimeoutMs: number;
  /** Loads inputs of a commit of a bare repository. */
  readonly loadCommit: (
    tip: BareTip,
    keys: readonly ContentKey[],
    signal: AbortSignal,
  ) => Promise<LoadedInputs>;
}

/** The values, digests and versions of one evaluation, as they become known. */
export class Gathered {
  readonly values: Partial<Record<ValueKey, unknown>>;
  readonly digests: Partial<Record<ValueKey | 'workplans', string>> = {};
  /** The versions of what is judged: for a file, the version of the text that was loaded, not of the one probed before. */
  readonly versions: Record<keyof Versions, string>;
  /** Why the workplans folder cannot be checked, where its own content is over a limit. */
  workplansRejected: string | undefined;
  /** How long the checker ran for this evaluation, in milliseconds. */
  checkMs = 0;
  readonly #deps: GatherDependencies;
  readonly #now: CompleteNow;
  readonly #signal: AbortSignal;
  readonly #loaded = new Set<ContentKey>();

  constructor(deps: GatherDependencies, now: CompleteNow, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
    this.#now = now;
    this.versions = { ...now.known };
    for (const key of now.probe.unstable) this.versions[key] += UNSTABLE;
    const { repo, domain, tpsc, goal } = now.registry;
    this.values = { repo, domain, tpsc, goal, checkout: now.probe.checkout };
    for (const [key, value] of Object.entries(this.values))
      this.digests[key as ValueKey] = digestValue(value);
    if (!this.hasCheckout) {
      for (const key of CONTENT_KEYS) this.#keep(key, { state: 'no-checkout' });
      this.keepFindings({ state: 'no-checkout' }, digestValue('no-checkout'));
    }
  }

  get hasCheckout(): boolean {
    return this.#now.probe.checkout.state === 'present';
  }

  /** Takes over the digest of an input whose version has not changed since. */
  reuse(key: ContentKey, digest: string): void {
    this.digests[key] = digest;
  }

  /**
   * Loads those of the inputs that are not loaded yet.
   * @throws {DoiError} `file_unreadable`, `walk_timed_out`, `host_exhausted`
   */
  async load(keys: Iterable<ContentKey>): Promise<void> {
    const wanted = [...keys].filter((key) => this.hasCheckout && !this.#loaded.has(key));
    if (wanted.length === 0) return;
    const { loader, loadTimeoutMs, loadCommit } = this.#deps;
    const tip = tipOf(this.#now);
    const loaded =
      tip === undefined
        ? await loader.load(checkoutOf(this.#now), wanted, { timeoutMs: loadTimeoutMs })
        : await loadCommit(tip, wanted, this.#signal);
    for (const key of wanted) this.#take(key, loaded[key]);
  }

  keepFindings(findings: InputValues['findings'], digest: string): void {
    this.values.findings = findings;
    this.digests.findings = digest;
  }

  /** The digests that may be stored: those of inputs with a stable version. */
  storedDigests(): Digests {
    const unstable = CONTENT_KEYS.filter((key) => this.versions[key].endsWith(UNSTABLE));
    const dropped: string[] = unstable.includes('workplans') ? [...unstable, 'findings'] : unstable;
    const kept = Object.entries(this.digests).filter(([key]) => !dropped.includes(key));
    return Object.fromEntries(kept);
  }

  #take(key: ContentKey, loaded: LoadedInputs[ContentKey]): void {
    if (loaded === undefined) throw new Error(`The loader left out ${key}.`);
    const { value, version } = loaded;
    this.#loaded.add(key);
    // The input changed between the probe and the load, perhaps a moment ago, so its version is not stable. If the checkout
    // itself was away during the load, the version equals that of a missing file, but the value differs.
    const wasAway = 'state' in value && value.state === 'no-checkout';
    if (wasAway || version !== this.#now.known[key]) {
      this.versions[key] = version.endsWith(UNSTABLE) ? version : version + UNSTABLE;
    }
    if ('rejected' in value) this.workplansRejected = value.rejected;
    this.#keep(key, value);
  }

  #keep(key: ContentKey, value: unknown): void {
    if (key !== 'workplans') this.values[key] = value;
    this.digests[key] = digestValue(value);
  }
}

/** Where the checkout lies on this host, for the loader. */
export function checkoutOf({ registry: { repoId, repo }, probe: { checkout } }: CompleteNow): CheckoutTarget {
  return { id: repoId, host: checkout.host, path: checkoutPath(repo, checkout.host) };
}

/** The commit to judge, of a bare repository; undefined for a working folder. */
export function tipOf({ registry: { repoId }, probe: { bare } }: CompleteNow): BareTip | undefined {
  return bare === null ? undefined : { ...bare, repoId };
}

/**
 * The digest of a value that JSON can hold, whose keys must always come in one order. Two equal digests mean that a verdict
 * on that input still holds.
 */
export function digestValue(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
