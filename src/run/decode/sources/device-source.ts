/**
 * A live capture on a device of this host, as a source of packets.
 *
 * @module
 */
import { fragmentFilter, hidesFragments } from '../../../capture/ports/port-filter.ts';
import { quoted } from '../../../core/printable.ts';
import type { LivePlan, LiveStatistics, SourceChoice } from '../../capture/live/live-source.ts';
import type { PacketSource } from '../decode-capture.ts';
import type { DecodePorts } from '../decode-ports.ts';

/** Callbacks of a live capture. */
export interface DeviceWatch {
  /** Is called with a line for the user, if the filter hides packets. */
  readonly onNotice: (message: string) => void;
  /** Is called with the tool that captures. */
  readonly onSource?: (choice: SourceChoice) => void;
  /** Is called when every further packet is captured, or when it is certain that none will be. */
  readonly onBegun?: () => void;
  /** Is called at the end, with the number of dropped packets. */
  readonly onStatistics?: (statistics: LiveStatistics) => void;
}

/** Makes a source of the packets on a device. Its `read` throws as `captureLive` does. */
export function deviceSource(
  plan: LivePlan,
  ports: Pick<DecodePorts, 'captureLive'>,
  { onNotice, onStatistics, ...watch }: DeviceWatch,
): PacketSource {
  const { device, filter } = plan;
  return {
    name: device,
    isLive: true,
    read: async (reader, onRecord, signal, onPause) => {
      if (hidesFragments(filter)) {
        onNotice(
          `"${quoted(filter)}" hides the later fragments of what is fragmented, which have no ports; to see them: ` +
            `'${quoted(filter)} or ${fragmentFilter(null)}'`,
        );
      }
      const statistics = await ports.captureLive(plan, reader, onRecord, signal, { onPause, ...watch });
      const [described] = reader.facts.interfaces;
      if (described) {
        described.statistics = interfaceStatistics(statistics);
        described.filter = filter;
      }
      onStatistics?.(statistics);
    },
  };
}

function interfaceStatistics({ received, dropped, droppedByDevice }: LiveStatistics) {
  return { received, accepted: null, delivered: null, droppedByInterface: droppedByDevice, droppedBySystem: dropped };
}
