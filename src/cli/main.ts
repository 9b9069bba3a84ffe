/** The entry of the `doi` command: runs one command and ends with its exit code. */
import { endOnWhatNobodyCatches } from './last-resort.js';
import { run } from './run.js';

const io = { stdout: process.stdout, stderr: process.stderr, env: process.env };
endOnWhatNobodyCatches(io);
process.exitCode = await run(process.argv.slice(2), io);
