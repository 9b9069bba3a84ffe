/**
 * A vitest reporter that ends a run with `N passed, N failed`, and fails a run in which no test ran. Before that line it names
 * the ten slowest files, and each failure on a line of its own: a log of which only the end is kept still says what failed.
 */
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, SerializedError, TestModule, TestRunEndReason } from 'vitest/node';

const LONGEST_ERROR = 300;
const MOST_SLOW = 10;

/**
 * Counts what ran. A file that could not be loaded, a hook that failed, and an error outside of any test each count as one
 * failed. A test that passed at its second try only counts as passed, and is named.
 */
export class ClosingLine implements Reporter {
  readonly #notRun: string | undefined;

  /** @param notRun what cannot be run on this machine and how to change that; printed before the last line */
  constructor(notRun?: string) {
    this.#notRun = notRun;
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const failures = [...modules.flatMap(describeFailures), ...unhandledErrors.map(describeUnhandled)];
    if (reason === 'interrupted') failures.push('FAILED the run was interrupted');
    const passed = count('passed');
    const skipped = count('skipped');
    // After the summary, which is printed by a reporter of its own.
    process.once('exit', () => {
      if (this.#notRun !== undefined) console.log(`\n${this.#notRun}\n`);
      for (const line of [...describeSlowest(modules), ...modules.flatMap(describeFlaky), ...failures])
        console.log(line);
      const failed = failures.length;
      console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
      if (failed > 0 || passed === 0) process.exitCode = 1;
    });
  }
}

/** In seconds, by the clock: from loading the file to the end of its last test. */
function describeSlowest(modules: readonly TestModule[]): string[] {
  return modules
    .map((module) => {
      const { collectDuration, setupDuration, duration } = module.diagnostic();
      return { file: module.relativeModuleId, ms: collectDuration + setupDuration + duration };
    })
    .sort((one, other) => other.ms - one.ms)
    .slice(0, MOST_SLOW)
    .map(({ file, ms }) => `SLOW ${(ms / 1000).toFixed(1)} s ${file}`);
}

function describeFailures(module: TestModule): string[] {
  const { relativeModuleId: file, children } = module;
  const tests = [...children.allTests('failed')].map(
    (test) => `FAILED ${file} > ${test.fullName}: ${firstLine(test.result().errors)}`,
  );
  const hooks = [...children.allSuites()]
    .filter((suite) => suite.errors().length > 0)
    .map((suite) => `FAILED ${file} > ${suite.fullName}: ${firstLine(suite.errors())}`);
  const own = module.errors().length > 0 ? [`FAILED ${file}: ${firstLine(module.errors())}`] : [];
  return [...own, ...hooks, ...tests];
}

function describeFlaky({ relativeModuleId: file, children }: TestModule): string[] {
  return [...children.allTests('passed')]
    .filter((test) => test.diagnostic()?.flaky)
    .map((test) => `FLAKY ${file} > ${test.fullName}: ${firstLine(test.result().errors)}`);
}

/** vitest names the file whose tests ran when the error came, where it knows that. */
function describeUnhandled(error: SerializedError): string {
  const path: unknown = error['VITEST_TEST_PATH'];
  const file = typeof path === 'string' ? `${relative(process.cwd(), path)}, ` : '';
  return `FAILED ${file}outside of any test: ${firstLine([error])}`;
}

function firstLine(errors: readonly SerializedError[] = []): string {
  const [error] = errors;
  const text = stripVTControlCharacters(error?.message || error?.name || 'no error was given');
  const [line = ''] = text.trim().split('\n');
  return line.length > LONGEST_ERROR ? `${line.slice(0, LONGEST_ERROR)}…` : line;
}
