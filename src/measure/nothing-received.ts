/**
 * Tests in which nothing arrived. What was sent and did not come is measured: goodput 0, loss 1. It is no success.
 *
 * @module
 */
import type { NetError } from '../core/errors.ts';
import type { FlowResult, LatencyResult, TestResult } from '../core/result.ts';
import { formatSize } from '../core/units.ts';

type Failure = NonNullable<TestResult['error']>;

const CODE: NetError['code'] = 'ERR_NOTHING_RECEIVED';

/** Says so in the result of a test that nothing else cut short. */
export function withNothingReceived<T extends TestResult>(result: T): T {
  const found =
    result.test === 'latency' ? silentProbes(result) : result.flows.flatMap((flow) => silentFlow(flow) ?? []);
  if (result.error !== null || !result.complete || found.length === 0) return result;
  return { ...result, complete: false, error: { code: CODE, message: found.join('; ') } };
}

/** Whether a test lasted as long as it was to: its figures hold, also those of nothing. */
export function ranToEnd({ complete, error }: Pick<TestResult, 'complete' | 'error'>): boolean {
  return complete || isNothingReceived(error);
}

export function isNothingReceived(error: TestResult['error']): boolean {
  return error?.code === CODE;
}

/** What a document says of its tests in which nothing arrived: the first of them, with its path if there are several. */
export function firstNothingReceived(tests: readonly TestResult[]): Failure | null {
  const found = tests.find(({ error }) => isNothingReceived(error));
  if (!found?.error) return null;
  const where = tests.some(({ path }) => path !== found.path) ? `${found.path}: ` : '';
  return { code: CODE, message: `${where}${found.error.message}` };
}

function silentFlow({ direction, sender, receiver, ...flow }: FlowResult): string | null {
  if (flow.bytes_received !== 0) return null;
  if (flow.bytes_sent === 0) return `${direction}: the ${sender} could send nothing`;
  const datagrams = flow.packets_sent === null ? '' : `${flow.packets_sent} datagrams with `;
  const what = flow.bytes_sent === null ? 'what' : `${datagrams}${formatSize(flow.bytes_sent)} that`;
  return `${direction}: nothing arrived at the ${receiver} of ${what} the ${sender} sent`;
}

function silentProbes({ packets_sent: sent, packets_received: received }: LatencyResult): readonly string[] {
  if (received > 0) return [];
  return [sent === 0 ? 'no probe could be sent' : `none of ${sent} probes was answered`];
}
