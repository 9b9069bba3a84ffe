/** The environment of a program that is started: a short list of variables, so that no secret goes with it. */
import { PROGRAM_VARIABLES } from '../platform/process/hide-environment.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What of an environment is handed on. */
export function childEnvironment(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && PROGRAM_VARIABLES.test(name) ? [[name, value]] : [],
    ),
  );
}
