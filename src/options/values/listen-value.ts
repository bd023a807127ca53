/**
 * Parser of the place where a listener waits.
 *
 * @module
 */
import { ipFamily } from '../../core/address.ts';
import type { ListenEndpoint } from '../../core/shapes/metrics/listen-endpoint.ts';
import { ValueError } from './value-error.ts';

const LOOPBACK = '127.0.0.1';

/**
 * Parses `PORT`, on loopback, or `ADDR:PORT`. All addresses have to be asked for: what is served has no password.
 *
 * @throws ValueError
 */
export function listenEndpoint(text: string): ListenEndpoint {
  const [, before, digits = ''] = /^(?:(.*):)?(\d{1,5})$/.exec(text) ?? [];
  const port = digits === '' ? Number.NaN : Number(digits);
  if (!(port <= 65_535)) throw new ValueError('expected a port, or an address and a port: 9889 or 192.0.2.1:9889');
  if (before === undefined) return { address: LOOPBACK, port };
  if (before === '') throw new ValueError(`for all addresses write 0.0.0.0:${port} or [::]:${port}`);
  const bracketed = /^\[(.*)\]$/.exec(before)?.[1];
  const address = bracketed ?? before;
  if (ipFamily(address) === (bracketed === undefined ? 4 : 6)) return { address, port };
  if (ipFamily(address) === 6) throw new ValueError(`write an IPv6 address in brackets: [${address}]:${port}`);
  throw new ValueError('expected an address of this host before the port, not a name');
}
