/** Reads the version of the input `checkout`, and words why its path may not be used. */

/**
 * Whether the checkout was there: only then the version ends in `#<device>:<inode>`, or, of a bare repository, in
 * `#bare@<branch>`.
 */
export function isPresentCheckout(version: string): boolean {
  return /#(?:\d+:\d+|bare@[^#:]*)$/s.test(version);
}

/** The version of a bare repository. It names no commit, so that a push that touches no input changes no version. */
export function bareVersion(host: string, path: string, branch: string): string {
  // A `#` would end the branch too early; git allows it in names, unlike the `:` that follows a path without a checkout.
  return `${host}:${path}#bare@${branch.replaceAll('#', '%23')}`;
}

/** What stands at the path of a checkout: a working folder, or a bare repository and the branch that is judged of it. */
export type CheckoutForm =
  | { readonly kind: 'working'; readonly branch: null }
  | { readonly kind: 'bare'; readonly branch: string };

/** What a version says of the checkout; null where no git repository was there, or no folder. */
export function readCheckoutForm(version: string): CheckoutForm | null {
  const branch = /#bare@([^#:]*)$/s.exec(version)?.[1];
  if (branch !== undefined) return { kind: 'bare', branch: branch.replaceAll('%23', '#') };
  return isPresentCheckout(version) ? { kind: 'working', branch: null } : null;
}

/** Why a link on the way to a checkout is not followed, as a clause after the path. */
export const FOREIGN_LINK =
  'is, or lies behind, a link that belongs neither to root, nor to the user who follows it, nor to the owner of the folder it leads to';
