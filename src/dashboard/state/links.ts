/** Makes links to a remote, a commit and a file, for the forges whose addresses are known. */
import type { CheckoutAnswer } from '../../api/report.js';
import { readAbsent } from '../../domain/file-version.js';
import { parseFingerprint } from '../../domain/fingerprint.js';
import type { VersionedKey } from '../../domain/input.js';
import type { CriterionId } from '../../domain/verdict.js';

/** What links are made from: a part of a report. */
export interface Linked {
  readonly web_url: string | null;
  readonly fingerprint: string | null;
  readonly checkout: Pick<CheckoutAnswer, 'head' | 'kind'> | null;
}

export interface Link {
  readonly text: string;
  readonly href: string;
  /** A remark on the target, shown on hover. */
  readonly title?: string;
}

/** The files that criteria read; a test holds them against the criteria themselves. */
export const FILES_OF: Readonly<Partial<Record<CriterionId, readonly VersionedKey[]>>> = {
  C5: ['SCOPE.md'],
  C6: ['CLAUDE.md', '.claude/CLAUDE.md'],
  C7: ['workplans'],
  C9: ['tpsc.yaml'],
  C11: ['SCOPE.md'],
  C12: ['CLAUDE.md', '.claude/CLAUDE.md', '.claude/rules'],
  C13: ['workplans'],
};
/** Of a working folder, the verdict is of the working tree, which no forge has. */
const COMMITTED = 'As committed; the verdict is of the working tree, which may differ';
const FOLDERS: readonly VersionedKey[] = ['workplans', '.claude/rules'];

interface Forge {
  readonly commit: string;
  readonly file: string;
  readonly folder: string;
}
const GITHUB: Forge = { commit: '/commit/', file: '/blob/', folder: '/tree/' };
const GITLAB: Forge = { commit: '/-/commit/', file: '/-/blob/', folder: '/-/tree/' };
const FORGEJO: Forge = { commit: '/commit/', file: '/src/commit/', folder: '/src/commit/' };

/** The remote's page, named by its host and path; undefined for anything but http and https. */
export function remoteLink({ web_url: href }: Linked): Link | undefined {
  if (href === null || !URL.canParse(href)) return undefined;
  const { protocol, host, pathname } = new URL(href);
  return protocol === 'https:' || protocol === 'http:' ? { text: `${host}${pathname}`, href } : undefined;
}

/** The commit that is checked out, at the remote's forge; undefined where the forge is not known. */
export function commitLink(linked: Linked): string | undefined {
  const place = placeOf(linked);
  return place && `${place.url}${place.forge.commit}${place.head}`;
}

/** The files that a criterion read and that existed, at the commit that is checked out. */
export function fileLinks(linked: Linked, id: CriterionId): Link[] {
  const place = placeOf(linked);
  const versions = parseFingerprint(linked.fingerprint ?? '');
  if (place === undefined || versions === undefined) return [];
  const isCommitted = linked.checkout?.kind === 'bare' || linked.checkout?.kind === 'mirror';
  const existing = (FILES_OF[id] ?? []).filter((file) => readAbsent(versions[file]) === undefined);
  return existing.map((text) => {
    const kind = FOLDERS.includes(text) ? place.forge.folder : place.forge.file;
    const link = { text, href: `${place.url}${kind}${place.head}/${text}` };
    return isCommitted ? link : { ...link, title: COMMITTED };
  });
}

function placeOf(linked: Linked): { url: string; head: string; forge: Forge } | undefined {
  const url = remoteLink(linked)?.href;
  const head = linked.checkout?.head ?? '';
  const forge = url === undefined ? undefined : forgeOf(new URL(url).hostname);
  return url === undefined || forge === undefined || !/^[0-9a-f]{40,64}$/.test(head)
    ? undefined
    : { url, head, forge };
}

/** By the host's name: an organisation's own forge is often called `gitlab.example.com` or the like. */
function forgeOf(host: string): Forge | undefined {
  if (host.startsWith('github.')) return GITHUB;
  if (host.startsWith('gitlab.')) return GITLAB;
  return host === 'codeberg.org' ? FORGEJO : undefined;
}
