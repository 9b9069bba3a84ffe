/** The release of the rules: a number that orders releases, and a digest of everything that moves a verdict. */

export interface Release {
  /** `major.minor.patch`. */
  readonly version: string;
  readonly criteriaDigest: string;
}

/** The version of the input `criteria`. */
export function releaseVersion(release: Release): string {
  return `${release.version}#${release.criteriaDigest}`;
}

/** Whether a stored `criteria` version is of a newer release than ours, which then neither enqueues nor writes. */
export function isNewerRelease(stored: string, ours: Release): boolean {
  const theirs = numbers(stored.split('#')[0] ?? '');
  const own = numbers(ours.version);
  for (let index = 0; index < 3; index += 1) {
    const difference = (theirs[index] ?? 0) - (own[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0);
}
