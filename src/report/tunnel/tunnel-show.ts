/**
 * The state of tunnel devices as text: the lines of `wg show`, followed by the figures that only our devices have
 * (round-trip time of the handshake, counts of events).
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import { printable } from '../../core/printable.ts';
import type { DeviceStatus, PeerStatus, WallTime } from '../../core/shapes/tunnel-config.ts';
import { formatNanos } from '../../core/units.ts';
import { formatKey } from '../../tunnel/keys.ts';
import { formatPrefix } from '../../tunnel/prefix.ts';

/** Time and secrecy of the output. */
export interface TunnelShowOptions {
  readonly now: WallTime;
  /** Prints private and preshared keys, as `WG_HIDE_KEYS=never` does. */
  readonly showKeys: boolean;
}

const NAME_COLUMNS = 64;

/** A section for each device, and one for each of its peers, the most recent handshake first. */
export function tunnelShow(devices: readonly DeviceStatus[], options: TunnelShowOptions): string {
  const sections = devices.flatMap((device) => [
    deviceLines(device, options),
    ...[...device.peers].sort(byHandshake).map((peer) => peerLines(peer, options)),
  ]);
  return sections.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function deviceLines(device: DeviceStatus, { showKeys }: TunnelShowOptions): string[] {
  const { publicKey, privateKey, listenPort, fwmark } = device;
  return [
    `interface: ${printable(device.name, NAME_COLUMNS)}`,
    ...(publicKey ? [`  public key: ${formatKey(publicKey)}`] : []),
    ...(privateKey ? [`  private key: ${secret(privateKey, showKeys)}`] : []),
    ...(listenPort === 0 ? [] : [`  listening port: ${listenPort}`]),
    ...(fwmark === 0 ? [] : [`  fwmark: 0x${fwmark.toString(16)}`]),
    ...countLines(device.counts),
  ];
}

function peerLines(peer: PeerStatus, { now, showKeys }: TunnelShowOptions): string[] {
  const { presharedKey, endpoint, lastHandshake, handshakeRttNs, rxBytes, txBytes, persistentKeepaliveSeconds } = peer;
  return [
    `peer: ${formatKey(peer.publicKey)}`,
    ...(presharedKey ? [`  preshared key: ${secret(presharedKey, showKeys)}`] : []),
    ...(endpoint ? [`  endpoint: ${printable(formatEndpoint(endpoint.address, endpoint.port), NAME_COLUMNS)}`] : []),
    `  allowed ips: ${peer.allowedIps.map(formatPrefix).join(', ') || '(none)'}`,
    ...(lastHandshake ? [`  latest handshake: ${ago(lastHandshake, now)}`] : []),
    ...(rxBytes + txBytes > 0 ? [`  transfer: ${bytesText(rxBytes)} received, ${bytesText(txBytes)} sent`] : []),
    ...(persistentKeepaliveSeconds > 0
      ? [`  persistent keepalive: every ${spanText(persistentKeepaliveSeconds)}`]
      : []),
    ...(handshakeRttNs === null ? [] : [`  handshake RTT: ${formatNanos(handshakeRttNs)}`]),
    ...countLines(peer.counts),
  ];
}

function secret(key: Uint8Array, shown: boolean): string {
  return shown ? formatKey(key) : '(hidden)';
}

/** `events: 3 replayed, 1 no-peer`: the most frequent first. */
function countLines(counts: Readonly<Record<string, number>>): string[] {
  const counted = Object.entries(counts).filter(([, count]) => count > 0);
  if (counted.length === 0) return [];
  counted.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return [`  events: ${counted.map(([name, count]) => `${count} ${printable(name, NAME_COLUMNS)}`).join(', ')}`];
}

function byHandshake(a: PeerStatus, b: PeerStatus): number {
  const [x, y] = [a.lastHandshake, b.lastHandshake];
  return (y?.seconds ?? 0) - (x?.seconds ?? 0) || (y?.nanoseconds ?? 0) - (x?.nanoseconds ?? 0);
}

function ago(then: WallTime, now: WallTime): string {
  const seconds = now.seconds - then.seconds;
  if (seconds < 0) return '(System clock wound backward; connection problems may ensue.)';
  return seconds === 0 ? 'Now' : `${spanText(seconds)} ago`;
}

/** Units of wg(8), with their seconds. */
const UNITS: readonly (readonly [string, number])[] = [
  ['year', 365 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** `1 minute, 3 seconds`. */
function spanText(seconds: number): string {
  let rest = seconds;
  const parts: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
  }
  return parts.join(', ');
}

/** The format of wg(8): two decimals in all units but bytes. */
function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(2)} ${['', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}
