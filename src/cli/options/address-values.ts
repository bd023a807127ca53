/**
 * Parsers of hosts and addresses on the command line.
 *
 * @module
 */
import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';

/**
 * Parses a host name or an address, IPv6 with or without brackets. @throws InvalidArgumentError, also for a host with a
 * port, and for a URL
 */
export function host(text: string): string {
  const bracketed = /^\[([^\]]*)\](.*)$/.exec(text);
  const name = bracketed ? (bracketed[1] ?? '') : text;
  if (bracketed && isIP(name) !== 6) throw new InvalidArgumentError('expected an IPv6 address inside the brackets');
  if (bracketed && bracketed[2] !== '') {
    const port = /^:(\d+)$/.exec(bracketed[2] ?? '')?.[1] ?? 'PORT';
    throw new InvalidArgumentError(`give the port by itself: ${name} -port ${port}`);
  }
  if (isIP(name) !== 0) return name;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name)) throw new InvalidArgumentError('expected a host, not a URL');
  const withPort = /^([^:]+):(\d+)$/.exec(name);
  if (withPort) throw new InvalidArgumentError(`give the port by itself: ${withPort[1]} -port ${withPort[2]}`);
  // iperf3 accepts HOST%DEVICE.
  const [scoped = '', device = ''] = name.split('%');
  if (device !== '' && (isIP(scoped) === 4 || isHostName(scoped))) {
    throw new InvalidArgumentError(`give the device by itself: ${scoped} --dev ${device}`);
  }
  if (!isHostName(name)) throw new InvalidArgumentError('expected a host name or an address');
  return name;
}

/** Parses an address of this host, IPv6 with or without brackets. @throws InvalidArgumentError */
export function localAddress(text: string): string {
  const name = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (isIP(name) === 0) throw new InvalidArgumentError('expected an address of this host, IPv4 or IPv6');
  return name;
}

/** Letters beyond ASCII are allowed: the resolver converts them to Punycode (RFC 3492). */
function isHostName(name: string): boolean {
  return name.length <= 253 && /^[\p{L}\p{N}_](?:[\p{L}\p{N}\p{M}_.-]*[\p{L}\p{N}\p{M}_.])?$/u.test(name);
}
