/** The entry of the `doi` command: runs one command and ends with its exit code. */
import { hideEnvironment } from '../platform/process/hide-environment.js';
import { endOnUncaught } from './last-resort.js';
import { run } from './program.js';
import { askOnTerminal } from './terminal.js';

hideEnvironment(process.env);
const { stdout, stderr, env } = process;
const onExitCode = (code: number) => {
  process.exitCode = code;
};
const io = { stdout, stderr, env, ask: askOnTerminal, onExitCode };
endOnUncaught(io);
process.exitCode = await run(process.argv.slice(2), io);
