/** The form of a slug that the API serves. A hub's slugs may have capitals, which `doi register` makes none with. */

export const SERVED_SLUG: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
