/**
 * The state of tunnel devices in any of the formats of `winze tunnel show`.
 *
 * @module
 */
import type { DeviceStatus, WallTime } from '../../core/shapes/tunnel-config.ts';
import { tunnelDump } from './tunnel-dump.ts';
import { tunnelField } from './tunnel-field.ts';
import { tunnelJson } from './tunnel-json.ts';
import { tunnelShow } from './tunnel-show.ts';

/** What is printed of the devices. */
export interface TunnelStateOptions {
  /** Whether all devices were asked for, so that each line of a field or a dump begins with the name of its device. */
  readonly all: boolean;
  /** Whether private and preshared keys are printed. */
  readonly showKeys: boolean;
  readonly now: WallTime;
}

/** Formats the devices. @param format - `json`, `dump`, `text`, or a field of wg(8) */
export function tunnelState(devices: readonly DeviceStatus[], format: string, options: TunnelStateOptions): string {
  switch (format) {
    case 'json':
      return tunnelJson(devices, options);
    case 'dump':
      return tunnelDump(devices, options);
    case 'text':
      return tunnelShow(devices, options);
    default:
      return tunnelField(devices, format, options);
  }
}
