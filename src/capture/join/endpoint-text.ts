/**
 * Endpoints of tunnels as text.
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import { writeU32be } from '../../core/bytes.ts';
import { formatIp } from '../../tunnel/prefix.ts';
import type { KeyTable } from '../key-table.ts';
import { DIRECTION } from './message-id.ts';

/** `192.0.2.1:51820`, `[2001:db8::1]:4500`; the address alone where there are no ports. */
export function endpointText(directions: KeyTable, number: number, end: 'source' | 'destination'): string {
  const octets = new Uint8Array(directions.word(number, DIRECTION.family) === 4 ? 4 : 16);
  const words = octets.length / 4;
  const first = end === 'source' ? DIRECTION.source : DIRECTION.source + words;
  for (let i = 0; i < words; i++) writeU32be(octets, i * 4, directions.word(number, first + i) >>> 0);
  const address = formatIp(octets);
  const ports = directions.word(number, DIRECTION.ports) >>> 0;
  if (ports === 0) return address;
  return formatEndpoint(address, end === 'source' ? ports >>> 16 : ports & 0xffff);
}
