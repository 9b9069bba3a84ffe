/** The entry of the `doi` command: runs one command and ends with its exit code. */
import { hideEnvironment } from '../platform/process/hide-environment.js';
import { endOnWhatNobodyCatches } from './last-resort.js';
import { run } from './program.js';
import { askOnTerminal } from './terminal.js';

hideEnvironment(process.env);
const io = { stdout: process.stdout, stderr: process.stderr, env: process.env, ask: askOnTerminal };
endOnWhatNobodyCatches(io);
process.exitCode = await run(process.argv.slice(2), io);
