/**
 * Parsers of hosts and addresses on the command line.
 *
 * @module
 */
import { ipFamily } from '../../core/address.ts';
import type { ProbeSource } from '../../core/shapes/path/probe-spec.ts';
import { ValueError } from './value-error.ts';

/**
 * Parses a host name or an address, IPv6 with or without brackets. @throws ValueError, also for a host with a
 * port, and for a URL
 */
export function host(text: string): string {
  const bracketed = /^\[([^\]]*)\](.*)$/.exec(text);
  const name = bracketed ? (bracketed[1] ?? '') : text;
  if (bracketed && ipFamily(name) !== 6) throw new ValueError('expected an IPv6 address inside the brackets');
  if (bracketed && bracketed[2] !== '') {
    const port = /^:(\d+)$/.exec(bracketed[2] ?? '')?.[1] ?? 'PORT';
    throw new ValueError(`give the port by itself: ${name} -port ${port}`);
  }
  if (ipFamily(name) !== 0) return name;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name)) throw new ValueError('expected a host, not a URL');
  const withPort = /^([^:]+):(\d+)$/.exec(name);
  if (withPort) throw new ValueError(`give the port by itself: ${withPort[1]} -port ${withPort[2]}`);
  // iperf3 accepts HOST%DEVICE.
  const [scoped = '', device = ''] = name.split('%');
  if (device !== '' && (ipFamily(scoped) === 4 || isHostName(scoped))) {
    throw new ValueError(`give the device by itself: ${scoped} --dev ${device}`);
  }
  if (!isHostName(name)) throw new ValueError('expected a host name or an address');
  return name;
}

/** Parses an address of this host, IPv6 with or without brackets. @throws ValueError */
export function localAddress(text: string): string {
  const name = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (ipFamily(name) === 0) throw new ValueError('expected an address of this host, IPv4 or IPv6');
  return name;
}

/**
 * Parses where probes leave from: an address of this host, or a device. @throws ValueError
 */
export function source(text: string): ProbeSource {
  const name = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (ipFamily(name) !== 0) return { address: name, device: null };
  // IFNAMSIZ is 16 in Linux. Dots alone would be an address that is not complete.
  if (!/^[^\s/\p{Cc}:]{1,15}$/u.test(text) || /^[\d.]+$/.test(text)) {
    throw new ValueError('expected an address of this host, or a device such as eth0');
  }
  return { address: null, device: text };
}

/** Letters beyond ASCII are allowed: the resolver converts them to Punycode (RFC 3492). */
function isHostName(name: string): boolean {
  return name.length <= 253 && /^[\p{L}\p{N}_](?:[\p{L}\p{N}\p{M}_.-]*[\p{L}\p{N}\p{M}_.])?$/u.test(name);
}
