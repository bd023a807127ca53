/**
 * The devices of this host and their addresses, where the system tells them.
 *
 * @module
 */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

/** What `os.networkInterfaces()` returns. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * Lists the devices. Never throws: where they cannot be asked for there are none.
 *
 * getifaddrs(3) opens a netlink socket. That fails without a descriptor to spare (EMFILE), and where the
 * family is forbidden: `RestrictAddressFamilies` of systemd without AF_NETLINK, Android from 11 on.
 */
export function readInterfaces(): Interfaces {
  try {
    return networkInterfaces();
  } catch {
    return {};
  }
}
