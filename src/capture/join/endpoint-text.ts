/**
 * Endpoints of tunnels as text.
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import { addressText } from '../address-text.ts';
import type { KeyTable } from '../key-table.ts';
import { DIRECTION } from './message-id.ts';

/**
 * An end of a direction, as in `192.0.2.1:51820` or `[2001:db8::1]:4500`; the address alone if the tunnel has no ports.
 *
 * @param number - of the direction in the table `directions`
 */
export function endpointText(directions: KeyTable, number: number, end: 'source' | 'destination'): string {
  const words = directions.word(number, DIRECTION.family) === 4 ? 1 : 4;
  const first = end === 'source' ? DIRECTION.source : DIRECTION.source + words;
  const address = addressText(words, (i) => directions.word(number, first + i));
  const ports = directions.word(number, DIRECTION.ports) >>> 0;
  if (ports === 0) return address;
  return formatEndpoint(address, end === 'source' ? ports >>> 16 : ports & 0xffff);
}
