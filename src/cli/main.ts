/** The entry of the `doi` command: runs one command and ends with its exit code. */
import { hideEnvironment } from '../platform/process/hide-environment.js';
import { endOnUncaught } from './last-resort.js';
import { run } from './program.js';
import { askOnTerminal } from './terminal.js';

hideEnvironment(process.env);
const io = { stdout: process.stdout, stderr: process.stderr, env: process.env, ask: askOnTerminal };
endOnUncaught(io);
process.exitCode = await run(process.argv.slice(2), io);
