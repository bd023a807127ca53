/**
 * The network devices of this host and their addresses.
 *
 * @module
 */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

/** What `os.networkInterfaces()` returns. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * Lists the devices. Never throws: returns none where the system refuses to list them.
 *
 * getifaddrs(3) opens a netlink socket. That fails if no descriptor is left (EMFILE), and where the family is
 * forbidden: `RestrictAddressFamilies` of systemd without AF_NETLINK, Android since version 11.
 */
export function readInterfaces(): Interfaces {
  try {
    return networkInterfaces();
  } catch {
    return {};
  }
}
