/** The entry of the `doi` command: runs one command and ends with its exit code. */
import { hideEnvironment } from '../platform/hide-environment.js';
import { run } from './run.js';

hideEnvironment(process.env);

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The terminal is gone: a signal says so too, and what runs is stopped by that.
    if (error.code === 'EIO') return;
    if (error.code !== 'EPIPE') throw error;
    // A reader such as `head` that has seen enough is no fault.
    process.exit();
  });
}
process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
});
