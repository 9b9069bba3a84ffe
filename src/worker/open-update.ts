/** Opens what brings checkouts up to date, where a command for that is set. */
import type { CommandRequest } from '../inputs/load/run-command.js';
import { findUpdateCommand, runUpdate } from '../inputs/load/run-update.js';
import type { Config } from '../platform/config.js';
import { Turns } from '../platform/turns.js';
import type { CheckoutUpdate } from './update-checkout.js';

/** @throws {DoiError} `bad_configuration` where the command cannot be started: nobody would notice it later */
export function openUpdate(
  { updateCommand: argv, searchPath }: Config,
  running: Omit<CommandRequest, 'path' | 'slug' | 'signal'>,
): CheckoutUpdate | undefined {
  if (argv === undefined) return undefined;
  findUpdateCommand(argv, searchPath);
  const run: CheckoutUpdate['run'] = (checkout, signal) =>
    runUpdate({ ...running, ...checkout, argv, signal });
  return { run, turns: new Turns() };
}
