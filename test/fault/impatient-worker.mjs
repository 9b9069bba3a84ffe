// `doi worker` with limits of its own, as JSON in its argument, for tests that wait until these have run out.
import { serve } from '../../dist/cli/serve.js';
import { hideEnvironment } from '../../dist/platform/process/hide-environment.js';
import { runWorkerWithin } from '../../dist/worker/run-worker.js';

const limits = JSON.parse(process.argv[2] ?? '');
hideEnvironment(process.env);
const context = { stdout: process.stdout, stderr: process.stderr, env: process.env, exitCode: 0 };
await serve('worker', context, (config, log, scope) => runWorkerWithin(limits, { config, log, scope }));
process.exitCode = context.exitCode;
