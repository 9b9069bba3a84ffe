/** The environment of a program that is started: a short list of variables, so that no secret goes with it. */

export type Environment = Readonly<Record<string, string | undefined>>;

const ALLOWED = /^(?:PATH|HOME|LANG|LC_[A-Z]+|TZ|TMPDIR)$/;

/** What of an environment is handed on. */
export function childEnvironment(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && ALLOWED.test(name) ? [[name, value]] : [],
    ),
  );
}
