/**
 * Parser of the target of `-x`: `host`, `host:port`, `[v6]:port`, or a URL.
 *
 * @module
 */
import { ipFamily } from '../../core/address.ts';
import type { ProbeTarget } from '../../core/shapes/path/probe-spec.ts';
import { host } from './address-values.ts';
import { ValueError } from './value-error.ts';

/** Ports of the schemes (RFC 9110 §4.2). */
const SCHEMES: ReadonlyMap<string, number> = new Map([
  ['http:', 80],
  ['https:', 443],
]);

/** Parses a target. @throws ValueError */
export function destination(text: string): ProbeTarget {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return urlTarget(text);
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed && bracketed[2] !== undefined)
    return { name: host(`[${bracketed[1]}]`), port: port(bracketed[2]), url: null };
  // An IPv6 address without brackets has colons of its own.
  const parts = ipFamily(text) === 0 ? /^([^:]+):([^:]*)$/.exec(text) : null;
  if (parts) return { name: host(parts[1] ?? ''), port: port(parts[2] ?? ''), url: null };
  return { name: host(text), port: null, url: null };
}

function port(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 65_535) throw new ValueError('expected a port of 1 to 65535 after the colon');
  return value;
}

function urlTarget(text: string): ProbeTarget {
  const url = URL.canParse(text) ? new URL(text) : null;
  const usual = SCHEMES.get(url?.protocol ?? '');
  if (url === null || usual === undefined) {
    throw new ValueError('expected a host, host:port, or a URL of http:// or https://');
  }
  if (url.username !== '' || url.password !== '') {
    throw new ValueError('leave out user and password: others can see them in the list of processes');
  }
  return { name: host(url.hostname), port: url.port === '' ? usual : Number(url.port), url: text };
}
