/**
 * Replies of the configuration protocol (https://www.wireguard.com/xplatform/): formats replies, and
 * parses replies of any implementation.
 *
 * The replies of winze have additional keys that begin with `winze_`: counts of device and peers, and the
 * round-trip time of handshakes. wg(8) skips unknown keys (tested with 1.0.20210914).
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import { KEY_BYTES } from '../../core/primitives.ts';
import type { DeviceStatus, Endpoint, PeerStatus, Prefix } from '../../core/shapes/tunnel-config.ts';
import { formatHexKey, isZeroKey, parseHexKey } from '../keys.ts';
import { formatPrefix, parsePrefix } from '../prefix.ts';
import { maskPrefix } from '../wireguard/allowed-ips.ts';
import { parseEndpointText, parseNumber } from './values.ts';

/** State of the device, or why there is none. */
export type ParsedReply =
  | { readonly ok: true; readonly status: DeviceStatus }
  /** `errno` is from the reply; `null` if the reply is malformed. */
  | { readonly ok: false; readonly errno: number | null; readonly reason: string };

const OWN_KEYS = { count: 'winze_count', rtt: 'winze_rtt_ns' } as const;
/** Most counts that are accepted for a device or peer; there are about 40 kinds of events. */
const MAX_COUNTS = 100;
const NO_KEY = new Uint8Array(KEY_BYTES);
const U16_MAX = 0xffff;
const U32_MAX = 0xffff_ffff;
const U64_MAX = 2 ** 64;

/** Formats the end of every reply, which is all of the reply to a `set`; 0 is success. */
export function formatErrno(errno: number): string {
  return `errno=${errno}\n\n`;
}

/** Formats the reply to a `get`, including the private key and preshared keys. */
export function formatGetReply(status: DeviceStatus): string {
  const { privateKey, listenPort, fwmark } = status;
  const lines = [
    ...(privateKey && !isZeroKey(privateKey) ? [`private_key=${formatHexKey(privateKey)}`] : []),
    ...(listenPort === 0 ? [] : [`listen_port=${listenPort}`]),
    ...(fwmark === 0 ? [] : [`fwmark=${fwmark}`]),
    ...countLines(status.counts),
    ...status.peers.flatMap(peerLines),
  ];
  return `${lines.map((line) => `${line}\n`).join('')}${formatErrno(0)}`;
}

/**
 * Parses the reply to a `get`. Unknown keys are skipped, since implementations add their own.
 *
 * @param name - name of the device, which the reply does not contain
 * @param derivePublicKey - computes the public key (X25519 with the base point)
 */
export function parseGetReply(
  name: string,
  text: string,
  derivePublicKey: (privateKey: Uint8Array) => Uint8Array,
): ParsedReply {
  const device: DeviceDraft = { privateKey: null, listenPort: 0, fwmark: 0, counts: {} };
  const peers: PeerDraft[] = [];
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals < 1) return { ok: false, errno: null, reason: 'the reply breaks off before errno' };
    const [key, value] = [line.slice(0, equals), line.slice(equals + 1)];
    if (key === 'errno') return ending(value, { ...device, name, peers }, derivePublicKey);
    const peer = peers.at(-1);
    const taken =
      key === 'public_key'
        ? openPeer(peers, value)
        : peer
          ? takePeer(peer, key, value)
          : takeDevice(device, key, value);
    if (!taken) return { ok: false, errno: null, reason: `the value of ${key} makes no sense` };
  }
  return { ok: false, errno: null, reason: 'the reply breaks off before errno' };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Counts = Record<string, number>;
type DeviceDraft = Writable<Pick<DeviceStatus, 'privateKey' | 'listenPort' | 'fwmark'>> & { counts: Counts };
type PeerDraft = Writable<Omit<PeerStatus, 'allowedIps' | 'counts'>> & { allowedIps: Prefix[]; counts: Counts };

function ending(
  errno: string,
  status: Omit<DeviceStatus, 'publicKey'>,
  derivePublicKey: (privateKey: Uint8Array) => Uint8Array,
): ParsedReply {
  if (!/^-?\d{1,6}$/.test(errno)) return { ok: false, errno: null, reason: 'the value of errno makes no sense' };
  if (Number(errno) !== 0) return { ok: false, errno: Number(errno), reason: `the device refused with errno ${errno}` };
  const publicKey = status.privateKey && derivePublicKey(status.privateKey);
  return { ok: true, status: { ...status, publicKey } };
}

function peerLines(peer: PeerStatus): string[] {
  const { endpoint, lastHandshake } = peer;
  return [
    `public_key=${formatHexKey(peer.publicKey)}`,
    `preshared_key=${formatHexKey(peer.presharedKey ?? NO_KEY)}`,
    'protocol_version=1',
    ...(endpoint ? [`endpoint=${formatEndpoint(endpoint.address, endpoint.port)}`] : []),
    `last_handshake_time_sec=${lastHandshake?.seconds ?? 0}`,
    `last_handshake_time_nsec=${lastHandshake?.nanoseconds ?? 0}`,
    `tx_bytes=${peer.txBytes}`,
    `rx_bytes=${peer.rxBytes}`,
    `persistent_keepalive_interval=${peer.persistentKeepaliveSeconds}`,
    ...peer.allowedIps.map((prefix) => `allowed_ip=${formatPrefix(prefix)}`),
    ...(peer.handshakeRttNs === null ? [] : [`${OWN_KEYS.rtt}=${peer.handshakeRttNs}`]),
    ...countLines(peer.counts),
  ];
}

/** Lines such as `winze_count=replayed 3`. */
function countLines(counts: Readonly<Counts>): string[] {
  return Object.entries(counts).map(([name, count]) => `${OWN_KEYS.count}=${name} ${count}`);
}

function openPeer(peers: PeerDraft[], value: string): boolean {
  return put(keyOf(value), (publicKey) =>
    peers.push({
      publicKey,
      presharedKey: null,
      endpoint: null,
      allowedIps: [],
      persistentKeepaliveSeconds: 0,
      lastHandshake: null,
      lastHandshakeAt: null,
      handshakeRttNs: null,
      txBytes: 0,
      rxBytes: 0,
      counts: {},
    }),
  );
}

function takeDevice(device: DeviceDraft, key: string, value: string): boolean {
  switch (key) {
    case 'private_key':
      return put(keyOf(value), (octets) => (device.privateKey = isZeroKey(octets) ? null : octets));
    case 'listen_port':
      return put(parseNumber(value, U16_MAX), (port) => (device.listenPort = port));
    case 'fwmark':
      return put(parseNumber(value, U32_MAX), (mark) => (device.fwmark = mark));
    case OWN_KEYS.count:
      return takeCount(device.counts, value);
    default:
      return true;
  }
}

function takePeer(peer: PeerDraft, key: string, value: string): boolean {
  switch (key) {
    case 'preshared_key':
      return put(keyOf(value), (octets) => (peer.presharedKey = isZeroKey(octets) ? null : octets));
    case 'endpoint':
      return put<Endpoint>(parseEndpointText(value), (endpoint) => (peer.endpoint = endpoint));
    case 'last_handshake_time_sec':
      return put(parseNumber(value, Number.MAX_SAFE_INTEGER), (seconds) => handshakeAt(peer, { seconds }));
    case 'last_handshake_time_nsec':
      return put(parseNumber(value, 999_999_999), (nanoseconds) => handshakeAt(peer, { nanoseconds }));
    case 'tx_bytes':
      return put(parseNumber(value, U64_MAX), (bytes) => (peer.txBytes = bytes));
    case 'rx_bytes':
      return put(parseNumber(value, U64_MAX), (bytes) => (peer.rxBytes = bytes));
    case 'persistent_keepalive_interval':
      return put(parseNumber(value, U16_MAX), (seconds) => (peer.persistentKeepaliveSeconds = seconds));
    case 'allowed_ip':
      return put(parsePrefix(value), (prefix) => peer.allowedIps.push(maskPrefix(prefix)));
    case OWN_KEYS.rtt:
      return put(parseNumber(value, Number.MAX_SAFE_INTEGER), (rttNs) => (peer.handshakeRttNs = rttNs));
    case OWN_KEYS.count:
      return takeCount(peer.counts, value);
    default:
      return true;
  }
}

function takeCount(counts: Counts, value: string): boolean {
  const [, name, digits = ''] = /^([a-z][a-z0-9-]{0,39}) (\d{1,16})$/.exec(value) ?? [];
  const count = parseNumber(digits, Number.MAX_SAFE_INTEGER);
  if (name === undefined || count === undefined || Object.keys(counts).length >= MAX_COUNTS) return false;
  counts[name] = count;
  return true;
}

/** Seconds and nanoseconds both zero mean "never". */
function handshakeAt(peer: PeerDraft, part: { readonly seconds: number } | { readonly nanoseconds: number }): void {
  const time = { seconds: 0, nanoseconds: 0, ...peer.lastHandshake, ...part };
  peer.lastHandshake = time.seconds === 0 && time.nanoseconds === 0 ? null : time;
}

function keyOf(value: string): Uint8Array | undefined {
  const parsed = parseHexKey(value);
  return parsed.ok ? parsed.key : undefined;
}

function put<T>(value: T | undefined, into: (value: T) => unknown): boolean {
  if (value === undefined) return false;
  into(value);
  return true;
}
