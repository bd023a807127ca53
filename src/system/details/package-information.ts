/**
 * The package systeminformation, loaded in parts.
 *
 * @module
 */
import cpu from 'systeminformation/lib/cpu.js';
import network from 'systeminformation/lib/network.js';
import osinfo from 'systeminformation/lib/osinfo.js';
import system from 'systeminformation/lib/system.js';
import wifi from 'systeminformation/lib/wifi.js';
import type { Information } from './information.ts';

/** The functions of the package itself. */
export const PACKAGE_INFORMATION: Information = {
  cpu: () => cpu.cpu(),
  system: () => system.system(),
  osInfo: () => osinfo.osInfo(),
  networkGatewayDefault: () => network.networkGatewayDefault(),
  networkInterfaces: () => network.networkInterfaces(),
  wifiConnections: () => wifi.wifiConnections(),
};
