/** A vitest reporter that ends a run with `N passed, N failed`, and fails a run in which no test ran. */
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

/** Counts what ran. A file that could not be loaded, and an error outside of any test, each count as one failed. */
export class ClosingLine implements Reporter {
  readonly #notRun: string | undefined;

  /** @param notRun what cannot be run on this machine and how to change that; said before the last line */
  constructor(notRun?: string) {
    this.#notRun = notRun;
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandledErrors.length;
    const passed = count('passed');
    const interrupted = reason === 'interrupted' ? 1 : 0;
    const failed = count('failed') + broken + interrupted;
    const skipped = count('skipped');
    // After the summary, which is printed by a reporter of its own.
    process.once('exit', () => {
      if (this.#notRun !== undefined) console.log(`\n${this.#notRun}\n`);
      console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
      if (failed > 0 || passed === 0) process.exitCode = 1;
    });
  }
}
