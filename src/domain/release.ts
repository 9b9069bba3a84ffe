/**
 * The release of the rules: a version and the time of its build, which order releases, and a digest of everything that
 * moves a verdict.
 */

export interface Release {
  /** `major.minor.patch`. */
  readonly version: string;
  readonly criteriaDigest: string;
  /** When it was built, in ISO 8601 with milliseconds: every build raises it. */
  readonly builtAt: string;
}

/** What is stored of the release that judged a repository. */
export interface StoredRelease {
  /** The version of the input `criteria`. */
  readonly criteria: string;
  /** As {@link buildName} gives it; null of a release that did not say. */
  readonly build: string | null;
}

/** The version of the input `criteria`. Two builds of the same rules have the same, whenever they were made. */
export function releaseVersion(release: Release): string {
  return `${release.version}#${release.criteriaDigest}`;
}

/** Names a build, so that of two builds of one version the newer one has the greater name: time first, then digest. */
export function buildName(release: Release): string {
  return `${release.builtAt}#${release.criteriaDigest}`;
}

/** Both as one, the way they are stored. */
export function storedRelease(release: Release): StoredRelease {
  return { criteria: releaseVersion(release), build: buildName(release) };
}

/**
 * Whether what is stored is of a newer release than ours, which then neither enqueues nor writes. The version decides,
 * and of two builds of one version with other rules the time of the build.
 */
export function isNewerRelease({ criteria, build }: StoredRelease, ours: Release): boolean {
  const [version = '', digest = ''] = criteria.split('#');
  const order = compareVersions(version, ours.version);
  if (order !== 0) return order > 0;
  if (digest === ours.criteriaDigest || build === null) return false;
  // A release that knows of no builds leaves the former one's name behind when it writes.
  return build.endsWith(`#${digest}`) && build > buildName(ours);
}

/** Says a version of the input `criteria` so that two builds of one version are told apart: by the digest of the rules. */
export function sayRelease(criteria: string): string {
  const [version = '', digest] = criteria.split('#');
  return digest === undefined ? version : `${version} (criteria ${digest})`;
}

/** Negative where one version is older than the other, positive where it is newer: by their first three numbers. */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [numbers(one), numbers(other)];
  return [0, 1, 2].map((index) => (left[index] ?? 0) - (right[index] ?? 0)).find((it) => it !== 0) ?? 0;
}

function numbers(version: string): number[] {
  return version.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0);
}
