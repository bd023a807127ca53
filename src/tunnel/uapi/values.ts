/**
 * Values of the configuration protocol. All numbers are decimal without a sign.
 *
 * @module
 */
import { parseIp } from '../../core/address.ts';
import type { Endpoint } from '../../core/shapes/tunnel-config.ts';

/** Parses a whole number of at most `most`; `undefined` for anything else. Above 2^53 it is not exact. */
export function parseNumber(text: string, most: number): number | undefined {
  const value = /^\d{1,20}$/.test(text) ? Number(text) : Number.NaN;
  return value <= most ? value : undefined;
}

/** Parses `192.0.2.1:51820` or `[2001:db8::1]:51820`; `undefined` for anything else, also for a name. */
export function parseEndpointText(text: string): Endpoint | undefined {
  const [, v6, v4, portText = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = v6 ?? v4 ?? '';
  const port = parseNumber(portText, 0xffff);
  if (port === undefined || parseIp(address)?.family !== (v6 === undefined ? 4 : 6)) return undefined;
  return { address, port };
}
