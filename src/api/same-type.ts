/** Holds at compile time that a schema and the type that the code works with are the same. */

type Writable<T> = T extends readonly (infer One)[]
  ? Writable<One>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Writable<T[Key]> }
    : T;

/** `true` where either may stand for the other; else a type that nothing but `never` has. */
export type Same<One, Other> = [Writable<One>] extends [Writable<Other>]
  ? [Writable<Other>] extends [Writable<One>]
    ? true
    : never
  : never;

/** Takes proofs, and does nothing: a proof that fails does not compile. */
export function proveSame<_Proof extends true>(): void {}
