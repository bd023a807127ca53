/** Configurations drawn at random, and prefixes from text. */
import fc from 'fast-check';
import type { Prefix } from '../../../../src/core/shapes/tunnel-config.ts';
import type { InterfaceConfig, PeerConfig, TunnelConfig } from '../../../../src/tunnel/config/config.ts';
import { parsePrefix } from '../../../../src/tunnel/prefix.ts';
import { maskPrefix } from '../../../../src/tunnel/wireguard/allowed-ips.ts';

export function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (!prefix) throw new RangeError(`not a prefix: ${text}`);
  return prefix;
}

export const keyOctets = fc.uint8Array({ minLength: 32, maxLength: 32 });
export const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const address = fc
  .constantFrom(4, 16)
  .chain((length) =>
    fc.record({ octets: fc.uint8Array({ minLength: length, maxLength: length }), bits: fc.nat(length * 8) }),
  );
export const prefix = address.map(maskPrefix);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const command = fc.stringMatching(/^[!-~][ -~]{0,30}[!-~]$/);
const commands = fc.array(command, { maxLength: 3 });
const host = fc.oneof(fc.domain(), fc.ipV4(), fc.constantFrom('2001:db8::1', 'fe80::1%eth0'));

const device: fc.Arbitrary<InterfaceConfig> = fc.record({
  privateKey: orNull(keyOctets),
  listenPort: orNull(u16),
  fwmark: orNull(u32),
  addresses: fc.array(address, { maxLength: 4 }),
  dnsServers: fc.array(fc.oneof(fc.ipV4(), fc.constant('fd00::1')), { maxLength: 3 }),
  dnsSearchDomains: fc.array(fc.domain(), { maxLength: 3 }),
  mtu: orNull(fc.integer({ min: 1, max: 0xffff_ffff })),
  table: orNull(fc.constantFrom('auto', 'off', '51820', 'vpn')),
  preUp: commands,
  postUp: commands,
  preDown: commands,
  postDown: commands,
  saveConfig: orNull(fc.boolean()),
});

const peer: fc.Arbitrary<PeerConfig> = fc.record({
  publicKey: keyOctets,
  presharedKey: orNull(keyOctets),
  allowedIps: fc.array(fc.record({ sign: fc.constantFrom('', '+', '-'), prefix }), { maxLength: 5 }),
  endpoint: orNull(fc.record({ host, port: fc.integer({ min: 1, max: 0xffff }) })),
  persistentKeepaliveSeconds: orNull(u16),
});

export const tunnelConfig: fc.Arbitrary<TunnelConfig> = fc.record({
  interface: device,
  peers: fc.array(peer, { maxLength: 4 }),
});
