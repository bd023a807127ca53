/**
 * Parses the output of `wg show IF dump`: a line for the device and one for each peer, separated by tabs.
 *
 * @module
 */
import { parseIp } from '../../core/address.ts';
import type { DeviceStatus, PeerStatus } from '../../core/shapes/tunnel-config.ts';
import { parseKey } from '../keys.ts';
import { parsePrefix } from '../prefix.ts';
import { parseEndpointText, parseNumber } from './values.ts';

const NONE = '(none)';
const U64_MAX = 2 ** 64;

/** Parses the output for the device `name`; `undefined` if it is malformed. */
export function parseDump(name: string, text: string): DeviceStatus | undefined {
  const [device = '', ...lines] = text.trimEnd().split('\n');
  const [privateKey, publicKey, port, mark, ...rest] = device.split('\t');
  const listenPort = parseNumber(port ?? '', 0xffff);
  const fwmark = mark === 'off' ? 0 : /^0x[0-9a-f]{1,8}$/i.test(mark ?? '') ? Number(mark) : undefined;
  const peers = lines.map(peerOf).filter((peer) => peer !== undefined);
  const whole = rest.length === 0 && peers.length === lines.length;
  if (!whole || listenPort === undefined || fwmark === undefined) return undefined;
  return {
    name,
    privateKey: keyOf(privateKey),
    publicKey: keyOf(publicKey),
    listenPort,
    fwmark,
    peers,
    counts: {},
  };
}

function peerOf(line: string): PeerStatus | undefined {
  const [key, presharedKey, endpoint = '', ranges = '', handshake = '', rx = '', tx = '', keepalive = '', ...rest] =
    line.split('\t');
  const publicKey = keyOf(key);
  const seconds = parseNumber(handshake, Number.MAX_SAFE_INTEGER);
  const [rxBytes, txBytes] = [parseNumber(rx, U64_MAX), parseNumber(tx, U64_MAX)];
  const persistentKeepaliveSeconds = keepalive === 'off' ? 0 : parseNumber(keepalive, 0xffff);
  const allowedIps = ranges === NONE ? [] : ranges.split(',').map(parsePrefix);
  if (!publicKey || rest.length > 0 || !everyDefined(allowedIps)) return undefined;
  if (seconds === undefined || rxBytes === undefined || txBytes === undefined) return undefined;
  if (persistentKeepaliveSeconds === undefined) return undefined;
  return {
    publicKey,
    presharedKey: keyOf(presharedKey),
    endpoint: endpointOf(endpoint),
    allowedIps,
    lastHandshake: seconds === 0 ? null : { seconds, nanoseconds: 0 },
    lastHandshakeAt: null,
    handshakeRttNs: null,
    rxBytes,
    txBytes,
    persistentKeepaliveSeconds,
    counts: {},
  };
}

/** Link-local addresses have their device after `%` here, unlike in the configuration protocol. */
function endpointOf(text: string): PeerStatus['endpoint'] {
  const scoped = /^\[(.+)\]:(\d{1,5})$/.exec(text);
  const port = scoped && parseNumber(scoped[2] ?? '', 0xffff);
  if (scoped?.[1] && port !== null && port !== undefined && parseIp(scoped[1])) return { address: scoped[1], port };
  return parseEndpointText(text) ?? null;
}

function keyOf(text = NONE): Uint8Array | null {
  const parsed = parseKey(text);
  return parsed.ok ? parsed.key : null;
}

function everyDefined<T>(values: readonly (T | undefined)[]): values is readonly T[] {
  return values.every((value) => value !== undefined);
}
