/**
 * Names each test that passed only when it was run once more, with what it failed of first. `.ci/run` repeats the lines
 * at its end.
 *
 * @module
 */
import type { Reporter, TestCase } from 'vitest/node';

export default class RepeatedTests implements Reporter {
  onTestCaseResult(test: TestCase): void {
    if (!test.diagnostic()?.flaky) return;
    const reasons = (test.result().errors ?? []).map(({ message }) => message.split('\n', 1)[0]);
    console.info(`run once more: ${test.module.relativeModuleId} > ${test.fullName}: ${reasons.join('; ')}`);
  }
}
