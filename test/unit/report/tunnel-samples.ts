/** Tunnel devices to print. */
import type { DeviceStatus, PeerStatus } from '../../../src/core/shapes/tunnel-config.ts';
import { parsePrefix } from '../../../src/tunnel/prefix.ts';

export const NOW = { seconds: 1_800_000_000, nanoseconds: 0 };

export const octets = (octet: number): Uint8Array => new Uint8Array(32).fill(octet);
export const keyText = (octet: number): string => Buffer.alloc(32, octet).toString('base64');
export const secondsAgo = (seconds: number) => ({ seconds: NOW.seconds - seconds, nanoseconds: 0 });

export function peer(octet: number, fields: Partial<PeerStatus> = {}): PeerStatus {
  return {
    publicKey: octets(octet),
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
    ...fields,
  };
}

export function device(fields: Partial<DeviceStatus> = {}): DeviceStatus {
  return { name: 'wg0', privateKey: null, publicKey: null, listenPort: 0, fwmark: 0, peers: [], counts: {}, ...fields };
}

export function ranges(...texts: readonly string[]): PeerStatus['allowedIps'] {
  return texts.flatMap((text) => parsePrefix(text) ?? []);
}

/** A device with all that one can have, and one with nothing. */
export const OFFICE = device({
  privateKey: octets(1),
  publicKey: octets(0x11),
  listenPort: 51_820,
  fwmark: 0xca6c,
  peers: [
    peer(2),
    peer(3, {
      presharedKey: octets(9),
      endpoint: { address: '2001:db8::1', port: 51_820 },
      allowedIps: ranges('10.0.0.0/24', 'fd00::/64'),
      persistentKeepaliveSeconds: 25,
      lastHandshake: secondsAgo(63),
      txBytes: 1023,
      rxBytes: 1024,
    }),
    peer(4, {
      endpoint: { address: '192.0.2.1', port: 1 },
      allowedIps: ranges('0.0.0.0/0'),
      lastHandshake: secondsAgo(2),
    }),
  ],
});
export const EMPTY = device({ name: 'wg1' });
