/**
 * Messages of a live capture: who captures, and which packets were dropped.
 *
 * @module
 */

/** Counts of a capture that has ended; `null` if the tool does not report one. */
export interface CaptureCounts {
  readonly tool: string;
  readonly received: number | null;
  readonly dropped: number | null;
  readonly droppedByDevice: number | null;
}

/** The capture tool, and why a better one is not used: `tcpdump, since pcap is not installed`. */
export function sourceWords(tool: string, passedOver: readonly string[]): string {
  return passedOver.length === 0 ? tool : `${tool}, since ${passedOver.join(' and ')}`;
}

/** How many packets passed the filter, and how many were dropped. @param passedOver - as in `sourceWords` */
export function dropWords(device: string, counts: CaptureCounts, passedOver: readonly string[]): string {
  const { tool, received, dropped, droppedByDevice } = counts;
  const count = (value: number | null): string => (value === null ? 'an unknown number' : String(value));
  return (
    `${device}: ${count(received)} packets passed the filter, ${count(dropped)} dropped by the kernel, ` +
    `${count(droppedByDevice)} by the device (${sourceWords(tool, passedOver)})`
  );
}
