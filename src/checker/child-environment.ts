/** The environment of a program that a worker starts: a short list of variables, so that no secret is passed on. */
import { PROGRAM_VARIABLES } from '../platform/process/hide-environment.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that are passed on. */
export function childEnvironment(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && PROGRAM_VARIABLES.test(name) ? [[name, value]] : [],
    ),
  );
}
