/**
 * The target of a probe as a scrape names it.
 *
 * @module
 */
import { ipFamily } from '../../../core/address.ts';

/** A host, and its port if one was given. */
export interface NamedTarget {
  readonly name: string;
  readonly port: number | null;
}

/** Reads `HOST`, `HOST:PORT`, `[IPV6]:PORT`; `undefined` for anything else. */
export function probeTarget(text: string): NamedTarget | undefined {
  if (ipFamily(text) !== 0) return { name: text, port: null };
  const [, inside, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const name = inside ?? plain ?? '';
  const port = digits === undefined ? null : Number(digits);
  if (port !== null && (port < 1 || port > 65_535)) return undefined;
  if (inside === undefined ? !isHostName(name) : ipFamily(name) !== 6) return undefined;
  return { name, port };
}

/** What a resolver may take (RFC 1123 §2.1, with underscores), or an address of IPv4. */
function isHostName(name: string): boolean {
  return name.length <= 253 && /^[\w](?:[\w.-]*[\w.])?$/.test(name);
}
