/**
 * The result of a test at the server, in one line for its operator.
 *
 * @module
 */
import type { TracedPath } from '../../core/shapes/path/trace-back.ts';
import type { TestPurpose, TestSpec } from '../../core/shapes/spec.ts';
import type { ReceiverReport, SenderReport } from '../../core/shapes/stream-report.ts';
import { NS_PER_S } from '../../core/time.ts';
import { formatRate } from '../../core/units.ts';
import { rate } from '../../measure/flow/flow-result.ts';
import type { ServerTest, TestReport } from './server-test.ts';

/** What this end received and sent, in one line. */
export function summaryOf(
  { spec, purpose }: ServerTest,
  { received, sent, accepted, trace, complete }: TestReport,
): string {
  if (trace !== null) return traceSummary(trace);
  const at = (
    verb: string,
    reports: readonly (ReceiverReport | SenderReport)[],
    times: readonly number[],
  ): string[] => {
    const ns = Math.max(0, ...times);
    const packets = reports.reduce((sum, one) => sum + (one.packets ?? Number.NaN), 0);
    if (spec.figure === 'packets' && ns > 0 && packets >= 0) {
      return [`${verb} ${Math.round((packets * NS_PER_S) / ns)} packets/s`];
    }
    const bps = rate(
      reports.reduce((sum, one) => sum + one.bytes, 0),
      ns,
    );
    return bps === null ? [] : [`${verb} ${formatRate(bps)}`];
  };
  const first = received[0]?.packets ?? 0;
  const figures =
    spec.test === 'latency'
      ? [`${first} probes answered`]
      : spec.test === 'connections'
        ? [`${first} accepted${accepted?.held == null ? '' : `, ${accepted.held} open at the end`}`]
        : [
            ...at(
              'received',
              received,
              received.map((one) => one.window_ns),
            ),
            ...at(
              'sent',
              sent,
              sent.map((one) => one.elapsed_ns),
            ),
          ];
  const name = `${spec.protocol.toUpperCase()} ${nameOf(spec, purpose)}`;
  const words = figures.length > 0 ? `${name}: ${figures.join(', ')}` : name;
  return complete ? words : `${words}, broken off`;
}

function nameOf({ test, figure, direction }: TestSpec, purpose: TestPurpose | null): string {
  if (purpose !== null) return purpose === 'mtu' ? 'path MTU' : purpose;
  return test === 'bandwidth' ? `${figure ?? test} ${direction}` : test;
}

function traceSummary({ hops, reached }: TracedPath): string {
  const count = `${hops.length} hop${hops.length === 1 ? '' : 's'}`;
  return `a trace to the client: ${count}${reached ? '' : ', and it was not reached'}`;
}
