/**
 * Converts the lines between `set=1` and the blank line to a change of the device.
 *
 * A line applies to the peer of the last `public_key`, or to the device before the first one. Lines apply in
 * order: `replace_allowed_ips` cancels the `allowed_ip` lines above it.
 *
 * @module
 */
import type { AllowedIpChange, DeviceChange, PeerChange } from '../../core/shapes/tunnel-config.ts';
import { parseHexKey } from '../keys.ts';
import { parsePrefix } from '../prefix.ts';
import { maskPrefix } from '../wireguard/allowed-ips.ts';
import { parseEndpointText, parseNumber } from './values.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type DeviceDraft = Writable<Omit<DeviceChange, 'peers'>>;
type PeerDraft = Writable<Omit<PeerChange, 'allowedIps'>> & { allowedIps: AllowedIpChange[] };

const U16_MAX = 0xffff;
const U32_MAX = 0xffff_ffff;

/** The change that the lines so far describe. */
export class SetRequest {
  readonly #device: DeviceDraft = {};
  readonly #peers: PeerDraft[] = [];

  /**
   * Applies one line.
   *
   * @returns what is wrong with the line, without any secret key; `undefined` if it is valid
   */
  handleLine(key: string, value: string): string | undefined {
    const peer = this.#peers.at(-1);
    if (key === 'public_key') return this.#openPeer(value);
    return peer ? handlePeerLine(peer, key, value) : handleDeviceLine(this.#device, key, value);
  }

  /** The change described by all lines. */
  change(): DeviceChange {
    return { ...this.#device, peers: this.#peers };
  }

  #openPeer(value: string): string | undefined {
    const parsed = parseHexKey(value);
    if (!parsed.ok) return `public_key: ${parsed.reason}`;
    this.#peers.push({ publicKey: parsed.key, allowedIps: [] });
    return undefined;
  }
}

function handleDeviceLine(device: DeviceDraft, key: string, value: string): string | undefined {
  switch (key) {
    case 'private_key':
      return keyInto(value, key, (octets) => (device.privateKey = octets));
    case 'listen_port':
      return numberInto(value, U16_MAX, key, (port) => (device.listenPort = port));
    case 'fwmark':
      return numberInto(value, U32_MAX, key, (mark) => (device.fwmark = mark));
    case 'replace_peers':
      return trueInto(value, key, () => (device.replacePeers = true));
    default:
      return 'no such key of a device';
  }
}

function handlePeerLine(peer: PeerDraft, key: string, value: string): string | undefined {
  switch (key) {
    case 'remove':
      return trueInto(value, key, () => (peer.remove = true));
    case 'update_only':
      return trueInto(value, key, () => (peer.updateOnly = true));
    case 'preshared_key':
      return keyInto(value, key, (octets) => (peer.presharedKey = octets));
    case 'endpoint': {
      const endpoint = parseEndpointText(value);
      if (!endpoint) return 'endpoint: not an address with a port';
      peer.endpoint = endpoint;
      return undefined;
    }
    case 'persistent_keepalive_interval':
      return numberInto(value, U16_MAX, key, (seconds) => (peer.persistentKeepaliveSeconds = seconds));
    case 'replace_allowed_ips':
      return trueInto(value, key, () => {
        peer.replaceAllowedIps = true;
        peer.allowedIps = [];
      });
    case 'allowed_ip':
      return allowedIpInto(peer, value);
    case 'protocol_version':
      return value === '1' ? undefined : 'protocol_version: only 1 is known';
    default:
      return 'no such key of a peer';
  }
}

function allowedIpInto(peer: PeerDraft, value: string): string | undefined {
  const remove = value.startsWith('-');
  const prefix = parsePrefix(remove ? value.slice(1) : value);
  if (!prefix) return 'allowed_ip: not an address range';
  peer.allowedIps.push({ remove, prefix: maskPrefix(prefix) });
  return undefined;
}

function keyInto(value: string, key: string, put: (octets: Uint8Array) => unknown): string | undefined {
  const parsed = parseHexKey(value);
  if (!parsed.ok) return `${key}: ${parsed.reason}`;
  put(parsed.key);
  return undefined;
}

function numberInto(value: string, most: number, key: string, put: (number: number) => unknown): string | undefined {
  const number = parseNumber(value, most);
  if (number === undefined) return `${key}: not a number from 0 to ${most}`;
  put(number);
  return undefined;
}

function trueInto(value: string, key: string, put: () => unknown): string | undefined {
  if (value !== 'true') return `${key}: only "true" is a value`;
  put();
  return undefined;
}
