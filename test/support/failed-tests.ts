/**
 * Names each test that failed, or that passed only when it was repeated, with what it failed of. `.ci/run` repeats
 * the lines at its end.
 *
 * @module
 */
import type { Reporter, TestCase } from 'vitest/node';

export default class FailedTests implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const { state, errors = [] } = test.result();
    const isFlaky = test.diagnostic()?.flaky === true;
    if (state !== 'failed' && !isFlaky) return;
    const reasons = errors.map(({ message }) => message.split('\n', 1)[0]);
    console.info(
      `${isFlaky ? 'run once more' : 'failed'}: ${test.module.relativeModuleId} > ${test.fullName}: ${reasons.join('; ')}`,
    );
  }
}
