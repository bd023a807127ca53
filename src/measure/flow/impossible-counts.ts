/**
 * What cannot be: a stream of which more arrived than was sent.
 *
 * One of the ends miscounts or lies, or somebody who saw the stream's token joined in. Which of them it is
 * cannot be told from the figures, so they stand as they came, with a warning.
 *
 * @module
 */
import type { FlowDirection } from '../../core/shapes/spec.ts';
import type { ReceiverReport, SenderReport } from '../../core/shapes/stream-report.ts';

/** At most one warning, about the first such stream and the number of others. */
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

/** Of probes that the server says it had; `null` where it does not say. */
export function impossibleProbes(sent: number, atServer: number | null): readonly string[] {
  if (atServer === null || atServer <= sent) return [];
  return [`the server received ${atServer} probes of ${sent} sent: an end miscounts, or somebody joined in`];
}

function excess(sender: SenderReport, receiver: ReceiverReport): string | undefined {
  if (receiver.packets !== null && sender.packets !== null && receiver.packets > sender.packets) {
    return `${receiver.packets} datagrams of ${sender.packets} sent`;
  }
  // A TCP receiver knows the warm-up by time alone, and may count what its sender left out.
  const most = sender.bytes + (sender.packets === null ? (sender.warmup_bytes ?? 0) : 0);
  return receiver.bytes > most ? `${receiver.bytes} bytes of ${most} sent` : undefined;
}
