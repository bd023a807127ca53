/**
 * Facts about the network device of a route: driver, speed, and the signal of a wireless device.
 *
 * @module
 */
import type { LinkFacts, WirelessFacts } from '../../core/shapes/host-details.ts';
import { bandOfChannel } from './channels.ts';
import type { Information, InterfaceInformation, WifiInformation } from './information.ts';
import { countOf, rateOf, textOf } from './values.ts';

/**
 * Facts about a device from systeminformation, for systems without sysfs. Never rejects.
 *
 * @returns `null` for a device that the package does not list
 */
export async function informedLink(device: string, information: Information): Promise<LinkFacts | null> {
  const all: readonly InterfaceInformation[] = await information.networkInterfaces().catch(() => []);
  const one = all.find(({ iface, ifaceName }) => iface === device || ifaceName === device);
  if (!one) return null;
  const medium = mediumOf(one.type);
  const { duplex } = one;
  return {
    medium,
    driver: null,
    duplex: duplex === 'full' || duplex === 'half' ? duplex : null,
    speed_bps: medium === 'wireless' ? null : rateOf(one.speed),
    wireless: medium === 'wireless' ? await informedWireless(device, information) : null,
  };
}

/** Facts about a wireless device from systeminformation; unknown fields are `null`. Never rejects. */
export async function informedWireless(device: string, information: Information): Promise<WirelessFacts> {
  const connections: readonly WifiInformation[] = await information.wifiConnections().catch(() => []);
  const connection = connections.find(({ iface }) => iface === device);
  const { signalLevel } = connection ?? {};
  const channel = countOf(connection?.channel);
  return {
    // 0 dBm would be a milliwatt at the antenna: the package reports it for 'not known'.
    signal_dbm: typeof signalLevel === 'number' && signalLevel < 0 ? signalLevel : null,
    channel,
    band_ghz: channel === null ? null : bandOfChannel(channel, textOf(connection?.type)),
    tx_rate_bps: rateOf(connection?.txRate),
    rx_rate_bps: null,
  };
}

function mediumOf(type: unknown): LinkFacts['medium'] {
  return type === 'wired' || type === 'wireless' || type === 'virtual' ? type : 'unknown';
}
