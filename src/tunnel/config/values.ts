/**
 * Readers for the values of a configuration file, one for each kind of value. A refusal says what was found and what
 * is expected.
 *
 * @module
 */
import { parseIp } from '../../core/address.ts';
import type { Prefix } from '../../core/shapes/tunnel-config.ts';
import { parseKey } from '../keys.ts';
import { parsePrefix } from '../prefix.ts';
import { maskPrefix } from '../wireguard/allowed-ips.ts';
import { quotedValue } from './check/finding.ts';
import type { AllowedIpEntry, HostPort } from './config.ts';

/** Result of reading a value. `warning` is about a value that was accepted. */
export type ValueResult<T> =
  | { readonly ok: true; readonly value: T; readonly warning?: ValueProblem }
  | { readonly ok: false; readonly problem: ValueProblem };

/** An error or a warning about a value. */
export interface ValueProblem {
  readonly message: string;
  /** What to do, as an imperative. */
  readonly fix: string;
}

const U16_MAX = 0xffff;
const U32_MAX = 0xffff_ffff;
/** Longest DNS name as text (RFC 1035 §2.3.4). */
const NAME_MAX_CHARACTERS = 253;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** `PrivateKey`, `PublicKey` and `PresharedKey`: 44 characters of base64. */
export function readKey(text: string): ValueResult<Uint8Array> {
  const parsed = parseKey(text);
  if (parsed.ok) return read(parsed.key);
  return refused(
    `not a key: ${parsed.reason}`,
    'copy the whole key again: 44 characters of base64, the last of them "="',
  );
}

/** `ListenPort`: 0 to 65535. wg(8) also accepts service names, which are defined in a file of the host. */
export function readListenPort(text: string): ValueResult<number> {
  const port = decimal(text, U16_MAX);
  return port === undefined
    ? refused(`${quotedValue(text)} is not a port`, 'write a number from 0 to 65535; 0 takes any free port')
    : read(port);
}

/** `FwMark`: `off`, or 32 bits, decimal or hexadecimal with `0x`. */
export function readFwmark(text: string): ValueResult<number> {
  if (isOff(text)) return read(0);
  const mark = /^0x[0-9a-f]{1,8}$/i.test(text) ? Number(text) : decimal(text, U32_MAX);
  return mark === undefined
    ? refused(
        `${quotedValue(text)} is not a mark`,
        'write "off", a decimal number, or hexadecimal such as 0xca6c, in 32 bits',
      )
    : read(mark);
}

/** `PersistentKeepalive`: `off`, which is 0, or 0 to 65535 seconds. */
export function readKeepalive(text: string): ValueResult<number> {
  const seconds = isOff(text) ? 0 : decimal(text, U16_MAX);
  return seconds === undefined
    ? refused(`${quotedValue(text)} is not an interval`, 'write "off" or seconds from 0 to 65535; 25 suits most NATs')
    : read(seconds);
}

/** `MTU`: bytes, above 0. */
export function readMtu(text: string): ValueResult<number> {
  const mtu = decimal(text, U32_MAX);
  return mtu === undefined || mtu === 0
    ? refused(`${quotedValue(text)} is not an MTU`, 'write bytes, such as 1420, or remove the line to have it chosen')
    : read(mtu);
}

/** What is meant for `off` or `auto`. Nobody calls a table so. */
const NO_TABLE = /^(?:of|offf|no|none|false|disabled?|on|yes|true|enabled?|aut|automatic)$/i;

/** `Table`: `auto`, `off`, or the number or name of a routing table. */
export function readTable(text: string): ValueResult<string> {
  const table = /^(?:auto|off)$/i.test(text) ? text.toLowerCase() : text;
  return /^[\w.-]{1,64}$/.test(table) && !NO_TABLE.test(table)
    ? read(table)
    : refused(`${quotedValue(text)} is not a routing table`, 'write "auto", "off", or the number or name of a table');
}

/** `SaveConfig`: `true` or `false`. */
export function readBoolean(text: string): ValueResult<boolean> {
  return /^(?:true|false)$/i.test(text)
    ? read(text.toLowerCase() === 'true')
    : refused(`${quotedValue(text)} is neither true nor false`, 'write "true" or "false"');
}

/** One entry of `Address`; host bits are kept. */
export function readAddress(text: string): ValueResult<Prefix> {
  const prefix = parsePrefix(text);
  return prefix ? read(prefix) : refused(`${quotedValue(text)} is not an address`, ADDRESS_FIX);
}

/** One entry of `AllowedIPs`; host bits are cleared, with a warning. */
export function readAllowedIp(text: string): ValueResult<AllowedIpEntry> {
  const compact = text.replace(/\s/g, '');
  const sign = compact.startsWith('+') ? '+' : compact.startsWith('-') ? '-' : '';
  const typed = parsePrefix(compact.slice(sign.length));
  if (!typed) return refused(`${quotedValue(text)} is not an address range`, RANGE_FIX);
  const prefix = maskPrefix(typed);
  if (prefix.octets.every((octet, i) => octet === typed.octets[i])) return read({ sign, prefix });
  const whole = typed.octets.length * 8;
  return {
    ok: true,
    value: { sign, prefix },
    warning: {
      message: `${quotedValue(text)} has bits set beyond its length of ${typed.bits}; they are ignored`,
      fix: `write /${whole} for this one address, or clear the bits for the whole range`,
    },
  };
}

/** One entry of `DNS`: text that looks like an address must be one; other text is a search domain (wg-quick(8)). */
export function readDns(text: string): ValueResult<{ readonly tag: 'server' | 'search'; readonly text: string }> {
  if (/^[\d.]+$/.test(text) || text.includes(':')) {
    return parseIp(text)
      ? read({ tag: 'server', text })
      : refused(
          `${quotedValue(text)} is not an address`,
          'write the address of a resolver, such as 10.0.0.1 or fd00::1',
        );
  }
  // In systemd-resolved, "~" marks a domain that only routes queries; "~." is for all queries.
  return text === '~.' || isName(text.replace(/^~/, ''))
    ? read({ tag: 'search', text })
    : refused(
        `${quotedValue(text)} is neither an address nor a domain`,
        'write resolvers and search domains with commas between',
      );
}

/**
 * `Endpoint`: `host:port` or `[address]:port`. As wg(8), accepts an IPv6 address without brackets, up to the last
 * colon.
 */
export function readEndpoint(text: string): ValueResult<HostPort> {
  const bracketed = /^\[([^\]]*)\]:([^:]*)$/.exec(text);
  const match = bracketed ?? /^(.*):([^:]*)$/.exec(text);
  const [, host = '', portText = ''] = match ?? [];
  const ip = parseIp(host);
  if (!match || (!ip && !isName(host))) {
    const address = parseIp(text);
    if (address || isName(text)) return refused(`${quotedValue(text)} has no port`, ENDPOINT_FIX);
    return refused(`${quotedValue(text)} is not an endpoint`, ENDPOINT_FIX);
  }
  const port = decimal(portText, U16_MAX);
  if (port === undefined || port === 0)
    return refused(`${quotedValue(portText)} is not a port to send to`, ENDPOINT_FIX);
  if (ip?.family !== 6 || bracketed) return read({ host, port });
  const warning = {
    message: `an IPv6 address without brackets, read as address ${host} and port ${port}`,
    fix: `write [${host}]:${port}`,
  };
  return { ok: true, value: { host, port }, warning };
}

const ADDRESS_FIX = 'write address/length, such as 10.0.0.2/24 or fd00::2/64, with commas between several';
const RANGE_FIX = 'write address/length, such as 10.0.0.0/24 or fd00::/64, with commas between several';
const ENDPOINT_FIX = 'write host:port, such as vpn.example.org:51820 or [2001:db8::1]:51820';

function read<T>(value: T): ValueResult<T> {
  return { ok: true, value };
}

function refused(message: string, fix: string): ValueResult<never> {
  return { ok: false, problem: { message, fix } };
}

function decimal(text: string, most: number): number | undefined {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value <= most ? value : undefined;
}

function isOff(text: string): boolean {
  return text.toLowerCase() === 'off';
}

/**
 * Letters, digits, hyphens, and the underscore of service names. A name must not look like a number or IPv4 address.
 */
function isName(text: string): boolean {
  if (text.length > NAME_MAX_CHARACTERS || /^[\d.]*$/.test(text)) return false;
  return text
    .replace(/\.$/, '')
    .split('.')
    .every((label) => LABEL.test(label));
}
