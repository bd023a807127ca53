/**
 * Warnings about counts that are impossible: a receiver that counted more than its sender.
 *
 * Either an end counts wrongly or lies, or a third party that saw the token of the stream sent to it. The figures do not
 * show which, so they are reported unchanged, with a warning.
 *
 * @module
 */
import type { FlowDirection } from '../../core/shapes/spec.ts';
import type { ReceiverReport, SenderReport } from '../../core/shapes/stream-report.ts';

/** At most one warning, about the first such stream, with the number of the others. */
export function impossibleCounts(
  direction: FlowDirection,
  senders: readonly SenderReport[],
  receivers: readonly ReceiverReport[],
): readonly string[] {
  const found = receivers.flatMap((receiver) => {
    const sender = senders.find((one) => one.stream === receiver.stream);
    const what = sender && excess(sender, receiver);
    return what === undefined ? [] : [`stream ${receiver.stream} received ${what}`];
  });
  const [first] = found;
  if (first === undefined) return [];
  const others = found.length > 1 ? ` (and ${found.length - 1} more streams)` : '';
  return [`${direction}: ${first}${others}: an end miscounts, or somebody joined in`];
}

/**
 * A warning if the server counted more probes than were sent.
 *
 * @param atServer - count of the server; `null` if it did not report one
 */
export function impossibleProbes(sent: number, atServer: number | null): readonly string[] {
  if (atServer === null || atServer <= sent) return [];
  return [`the server received ${atServer} probes of ${sent} sent: an end miscounts, or somebody joined in`];
}

function excess(sender: SenderReport, receiver: ReceiverReport): string | undefined {
  if (receiver.packets !== null && sender.packets !== null && receiver.packets > sender.packets) {
    return `${receiver.packets} datagrams of ${sender.packets} sent`;
  }
  // A TCP receiver knows the warm-up by time only, so it may count payload that the sender counts as warm-up.
  const most = sender.bytes + (sender.packets === null ? (sender.warmup_bytes ?? 0) : 0);
  return receiver.bytes > most ? `${receiver.bytes} bytes of ${most} sent` : undefined;
}
