/** The options of `doi check` that give what only a registry knows, and which criterion needs which. */
import type { CriterionId } from '../domain/verdict.js';

interface RegistryOption {
  /** The field of the options in which a value is given. */
  readonly key: 'slug' | 'domain' | 'sbom' | 'tpsc' | 'goalActive';
  /** The option as a person types it. */
  readonly option: string;
}

export const REGISTRY_OPTIONS: Readonly<Partial<Record<CriterionId, RegistryOption>>> = {
  C1: { key: 'slug', option: '--slug SLUG' },
  C2: { key: 'domain', option: '--domain SLUG' },
  C8: { key: 'sbom', option: '--sbom DATE' },
  C9: { key: 'tpsc', option: '--tpsc N' },
  C10: { key: 'goalActive', option: '--goal-active N' },
  C14: { key: 'slug', option: '--slug SLUG' },
};

/** Names criteria that were not judged, each with its option, such as `C1 (--slug SLUG), C8 (--sbom DATE)`. */
export function nameNotJudged(ids: readonly CriterionId[]): string {
  return ids
    .map((id) => {
      const option = REGISTRY_OPTIONS[id]?.option;
      return option === undefined ? id : `${id} (${option})`;
    })
    .join(', ');
}
