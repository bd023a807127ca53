/**
 * Tests in which nothing was received. Their figures are measured (goodput 0, loss 1), but they are not successful.
 *
 * @module
 */
import type { NetError } from '../../core/errors.ts';
import type { FlowResult } from '../../core/shapes/flow.ts';
import type { ConnectionTestResult, LatencyResult, TestResult } from '../../core/shapes/result.ts';
import { counted, formatSize } from '../../core/units.ts';

type Failure = NonNullable<TestResult['error']>;

const CODE: NetError['code'] = 'ERR_NOTHING_RECEIVED';

/** Sets the error of a test in which nothing was received, unless the test has an error already or was cut short. */
export function withNothingReceived<T extends TestResult>(result: T): T {
  const found = silence(result);
  if (result.error !== null || !result.complete || found.length === 0) return result;
  return { ...result, complete: false, error: { code: CODE, message: found.join('; ') } };
}

/** Whether a test lasted as long as planned, so that its figures are valid, also if nothing was received. */
export function ranToEnd({ complete, error }: Pick<TestResult, 'complete' | 'error'>): boolean {
  return complete || isNothingReceived(error);
}

/** Whether an error says that nothing was received. */
export function isNothingReceived(error: TestResult['error']): boolean {
  return error?.code === CODE;
}

/**
 * The error of a document whose tests have errors: that of the first such test, with its path if there are several
 * paths. `null` if no test has one.
 */
export function firstTestError(tests: readonly TestResult[]): Failure | null {
  const found = tests.find(({ error }) => error !== null);
  if (!found?.error) return null;
  const where = tests.some(({ path }) => path !== found.path) ? `${found.path}: ` : '';
  return { code: found.error.code, message: `${where}${found.error.message}` };
}

/**
 * Whether the receiver read nothing of what TCP delivered. If segments had been lost, TCP would have retransmitted them
 * after a round trip and 200 ms (RFC 6298; TCP_RTO_MIN of Linux).
 */
export function isUnread({ bytes_received, tcp }: Pick<FlowResult, 'bytes_received' | 'tcp'>): boolean {
  return bytes_received === 0 && tcp?.retransmits === 0 && (tcp.bytes_transmitted ?? 0) > 0;
}

function silence(result: TestResult): readonly string[] {
  switch (result.test) {
    case 'latency':
      return silentProbes(result);
    case 'connections':
      return noConnection(result);
    case 'bandwidth':
      return result.flows.flatMap((flow) => silentFlow(flow) ?? []);
    default:
      return result satisfies never;
  }
}

function noConnection({ connections_opened: opened, connections_accepted, failures }: ConnectionTestResult): string[] {
  const [most] = failures;
  const why = most === undefined ? '' : ` (${most.error} ${most.n} times at the ${most.end})`;
  if (opened === 0) return [`no connection could be opened${why}`];
  return connections_accepted === 0 ? [`none of the ${counted(opened, 'connection')} came to the server${why}`] : [];
}

function silentFlow({ direction, sender, receiver, ...flow }: FlowResult): string | null {
  if (flow.bytes_received !== 0) return null;
  if (flow.bytes_sent === 0) return `${direction}: the ${sender} could send nothing`;
  const { packets_sent: packets, bytes_sent: bytes } = flow;
  const size = bytes === null ? '' : formatSize(bytes);
  if (isUnread(flow)) {
    const what = bytes === null ? 'what' : `the ${size} that`;
    return `${direction}: the ${receiver} read nothing of ${what} the ${sender} sent, and TCP sent none of it again: the ${receiver}'s host may be too busy, or the test too short for the round trip`;
  }
  const what =
    packets === null || flow.tcp !== null
      ? `nothing of ${bytes === null ? 'what' : `the ${size} that`}`
      : `none of the ${counted(packets, 'datagram')}${bytes === null ? '' : ` (${size})`} that`;
  return `${direction}: ${what} the ${sender} sent arrived at the ${receiver}`;
}

function silentProbes({ packets_sent: sent, packets_received: received }: LatencyResult): readonly string[] {
  if (received > 0) return [];
  return [sent === 0 ? 'no probe could be sent' : `none of the ${counted(sent, 'probe')} was answered`];
}
