/** The release of the rules: version and time of the build, which order releases, and a digest of what decides verdicts. */

export interface Release {
  /** `major.minor.patch`. */
  readonly version: string;
  readonly criteriaDigest: string;
  /** When it was built, in ISO 8601 with milliseconds; later for each build. */
  readonly builtAt: string;
}

/** What is stored about the release that judged a repository. */
export interface StoredRelease {
  /** The version of the input `criteria`. */
  readonly criteria: string;
  /** As {@link buildName} returns it; null for a release that did not record it. */
  readonly build: string | null;
}

/** The version of the input `criteria`. All builds of the same rules have the same one. */
export function releaseVersion(release: Release): string {
  return `${release.version}#${release.criteriaDigest}`;
}

/** The name of a build: time, then digest, so that of two builds of one version the newer one has the greater name. */
export function buildName(release: Release): string {
  return `${release.builtAt}#${release.criteriaDigest}`;
}

/** Both, as they are stored. */
export function storedRelease(release: Release): StoredRelease {
  return { criteria: releaseVersion(release), build: buildName(release) };
}

/**
 * Whether the stored release is newer than ours. If so, ours neither requests nor writes. The version decides; of two builds
 * of one version with different rules, the time of the build.
 */
export function isNewerRelease({ criteria, build }: StoredRelease, ours: Release): boolean {
  const [version = '', digest = ''] = criteria.split('#');
  const order = compareVersions(version, ours.version);
  if (order !== 0) return order > 0;
  if (digest === ours.criteriaDigest || build === null) return false;
  // A release that does not record builds leaves the build's name of an earlier write in place.
  return build.endsWith(`#${digest}`) && build > buildName(ours);
}

/** Words a version of the input `criteria`, with the digest of the rules, which distinguishes two builds of one version. */
export function sayRelease(criteria: string): string {
  const [version = '', digest] = criteria.split('#');
  return digest === undefined ? version : `${version} (criteria ${digest})`;
}

/** Negative where one version is older than the other, positive where it is newer: by their first three numbers. */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [numbers(one), numbers(other)];
  return [0, 1, 2].map((index) => (left[index] ?? 0) - (right[index] ?? 0)).find((it) => it !== 0) ?? 0;
}

/** Whether a release such as `20.19.4` is the wanted one or newer; a part that is no number counts as 0. */
export function isAtLeast(release: string, wanted: string): boolean {
  return compareVersions(release, wanted) >= 0;
}

function numbers(version: string): number[] {
  return version.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0);
}
