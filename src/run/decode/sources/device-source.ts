/**
 * Packets that pass a device of this host, as a source of packets to decode.
 *
 * @module
 */
import { fragmentFilter, hidesFragments } from '../../../capture/ports/port-filter.ts';
import { quoted } from '../../../core/printable.ts';
import type { LivePlan, LiveStatistics, SourceChoice } from '../../capture/live/live-source.ts';
import type { PacketSource } from '../decode-capture.ts';
import type { DecodePorts } from '../decode-ports.ts';

/** What is told of a live capture, besides its packets. */
export interface DeviceWatch {
  /** One line: what the user may not expect of it. */
  readonly onNotice: (message: string) => void;
  readonly onSource?: (choice: SourceChoice) => void;
  /** Every packet from now on is captured, or it is certain that none will be. */
  readonly onBegun?: () => void;
  /** At the end: how much it missed. */
  readonly onStatistics?: (statistics: LiveStatistics) => void;
}

/** @see captureLive for its errors */
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
