/** Faults that are planted into what evaluates and reads, to show that the property finds them. */
import {
  CHECKOUT_KEYS,
  type CheckoutKey,
  REGISTRY_KEYS,
  type RegistryKey,
  type VersionedKey,
} from '../../../src/domain/input.js';
import type { Loaded } from '../../../src/inputs/load/load-inputs.js';
import type { ProbeOutcome } from '../../../src/inputs/probe/checkout-prober.js';
import type { CheckoutVersion } from '../../../src/inputs/probe/probe-input.js';
import { distPath } from '../../../src/platform/process/package-root.js';
import type { RegistrySnapshot } from '../../../src/store/repositories/registry-columns.js';
import type { HandleDependencies } from '../../../src/worker/handle-job.js';

export interface Fault {
  /** Makes faulty dependencies of good ones, for one evaluation or one read. */
  plant(deps: HandleDependencies): Partial<HandleDependencies>;
  /** The input of which a reader gives no reason, as one that does not compare it would. */
  readonly leavesOut?: VersionedKey;
}

/** Leaves an input out of the fingerprint: its version never changes, neither for the worker nor for the reader. */
export function leaveOut(key: VersionedKey): Fault {
  return { plant: (deps) => freeze(key, deps), leavesOut: key };
}

function freeze(key: VersionedKey, deps: HandleDependencies): Partial<HandleDependencies> {
  if (key === 'criteria')
    return { release: { version: '0.1.0', criteriaDigest: 'left out', builtAt: new Date(0).toISOString() } };
  if (key === 'checker') return { checker: { kind: 'built-in', file: distPath('checker.cjs') } };
  if ((REGISTRY_KEYS as readonly string[]).includes(key)) return withoutRowVersion(deps, key as RegistryKey);
  // In the form of a folder that is there, since by it the worker knows whether there was one.
  const version = key === 'checkout' ? 'left out#0:0' : 'left out';
  return withVersions(deps, (each, now) => (each === key ? version : now), [key as CheckoutKey]);
}

function withoutRowVersion({ basis }: HandleDependencies, key: RegistryKey): Partial<HandleDependencies> {
  return {
    basis: async (repoId) => {
      const read = await basis(repoId);
      if (read === undefined) return undefined;
      const versions = { ...read.registry.versions, [key]: 'left out' };
      return { ...read, registry: { ...read.registry, versions } };
    },
  };
}

/** The seed's own: a file is the same as long as its mtime is. */
export const MTIME_ONLY: Fault = {
  plant: (deps) =>
    withVersions(deps, (key, version) =>
      ['SCOPE.md', 'CLAUDE.md', 'tpsc.yaml'].includes(key)
        ? version.replace(/(\d+\.\d{9})~\d+\.\d{9}~\d+~\d+/g, '$1')
        : version,
    ),
};

/** A file that is absent is the same whatever is there instead, though the verdict names that. */
export const ABSENT_ALIKE: Fault = {
  plant: (deps) => withVersions(deps, (_key, version) => version.replace(/^absent@.+/, 'absent')),
};

/** The checker's result is kept although what it read moved while it ran. */
export const NOT_PROBED_AFTER_THE_CHECK: Fault = {
  plant: ({ prober, check }) => {
    const before = new Map<string, Awaited<ReturnType<typeof prober.probe>>>();
    let isChecked = false;
    const probe = async (...asked: Parameters<typeof prober.probe>) => {
      const id = asked[0][0]?.id ?? '';
      const probes = (isChecked && before.get(id)) || (await prober.probe(...asked));
      before.set(id, probes);
      return probes;
    };
    return {
      prober: { probe } as unknown as typeof prober,
      check: async (...asked) => {
        isChecked = true;
        return check(...asked);
      },
    };
  },
};

/** The worker does not notice that another folder stood for the checkout while the checker ran. */
export const NO_PATH_IDENTITY: Fault = {
  plant: ({ prober }) => {
    const probe = async (...asked: Parameters<typeof prober.probe>) =>
      new Map(
        [...(await prober.probe(...asked))].map(([id, outcome]) => [id, { ...outcome, pathIdentity: null }]),
      );
    return { prober: { probe } as unknown as typeof prober };
  },
};

/** A value is taken, and so its digest, that was loaded of the same file before it changed. */
export function rememberTexts(): Fault {
  const kept = new Map<string, unknown>();
  return {
    plant: ({ loader }) => {
      const load = async (...asked: Parameters<typeof loader.load>) => {
        const loaded = Object.entries<Loaded<unknown>>(await loader.load(...asked));
        return Object.fromEntries(
          loaded.map(([key, { value, version }]) => {
            const name = `${asked[0].id}:${key}`;
            if (!kept.has(name)) kept.set(name, value);
            return [key, { value: kept.get(name), version }];
          }),
        );
      };
      return { loader: { load } as unknown as typeof loader };
    },
  };
}

/** A value of the registry is taken, and so its digest, that was read before its rows changed. */
export function rememberRows(): Fault {
  const kept = new Map<string, RegistrySnapshot['goal']>();
  return {
    plant: ({ basis }) => ({
      basis: async (repoId) => {
        const read = await basis(repoId);
        if (read === undefined) return undefined;
        if (!kept.has(repoId)) kept.set(repoId, read.registry.goal);
        return {
          ...read,
          registry: { ...read.registry, goal: kept.get(repoId) ?? read.registry.goal },
        };
      },
    }),
  };
}

/** Lets the versions of a checkout's inputs be others, both where they are probed and where they are loaded. */
function withVersions(
  { prober, loader }: HandleDependencies,
  change: (key: string, version: string) => string,
  unyoung: readonly CheckoutKey[] = [],
): Partial<HandleDependencies> {
  const changeOne = (key: string, one: CheckoutVersion) =>
    'version' in one ? { ...one, version: change(key, one.version) } : one;
  const probe = async (...asked: Parameters<typeof prober.probe>) => {
    const probes = await prober.probe(...asked);
    return new Map(
      [...probes].map(([id, outcome]): [string, ProbeOutcome] => {
        if ('failed' in outcome) return [id, outcome];
        const versions = { ...outcome.versions };
        for (const key of CHECKOUT_KEYS) versions[key] = changeOne(key, versions[key]);
        const newestCtimes = { ...outcome.newestCtimes };
        for (const key of unyoung) newestCtimes[key] = 0;
        return [id, { ...outcome, versions, newestCtimes }];
      }),
    );
  };
  const load = async (...asked: Parameters<typeof loader.load>) => {
    const loaded = Object.entries<Loaded<unknown>>(await loader.load(...asked));
    return Object.fromEntries(
      loaded.map(([key, one]) => [key, { ...one, version: change(key, one.version) }]),
    );
  };
  return {
    prober: { probe } as unknown as typeof prober,
    loader: { load } as unknown as typeof loader,
  };
}
