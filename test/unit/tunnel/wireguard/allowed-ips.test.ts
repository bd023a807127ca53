import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIp } from '../../../../src/core/address.ts';
import type { Prefix } from '../../../../src/core/shapes/tunnel-config.ts';
import { AllowedIps, maskPrefix } from '../../../../src/tunnel/wireguard/allowed-ips.ts';

function octetsOf(address: string): Uint8Array {
  const ip = parseIp(address);
  if (!ip) throw new Error(`not an address: ${address}`);
  return ip.octets;
}

function prefixOf(text: string): Prefix {
  const [address = '', bits] = text.split('/');
  return { octets: octetsOf(address), bits: Number(bits) };
}

const lookup = <P>(table: AllowedIps<P>, address: string): P | null => {
  const octets = octetsOf(address);
  return table.lookup(octets.length === 4 ? 4 : 6, octets, 0);
};

const printed = ({ octets, bits }: Prefix): string => `${Buffer.from(octets).toString('hex')}/${bits}`;

/** `[prefix, peer]` in the order of insertion: drivers/net/wireguard/selftest/allowedips.c. */
const KERNEL_INSERTS = [
  ['192.168.4.0/24', 'a'],
  ['192.168.4.4/32', 'b'],
  ['192.168.0.0/16', 'c'],
  ['192.95.5.64/27', 'd'],
  // Replaces the one before, with host bits set.
  ['192.95.5.65/27', 'c'],
  ['2607:5300:6000:6b00::c05f:543/128', 'd'],
  ['2607:5300:6000:6b00::/64', 'c'],
  ['0.0.0.0/0', 'e'],
  ['::/0', 'e'],
  ['::/0', 'f'],
  ['2404:6800::/32', 'g'],
  ['2404:6800:4004:800:dead:beef:dead:beef/64', 'h'],
  ['2404:6800:4004:800:dead:beef:dead:beef/128', 'a'],
  ['2444:6800:40e4:800:deae:beef:def:beef/128', 'c'],
  ['2444:6800:f0e4:800:eeae:beef::/98', 'b'],
  ['64.15.112.0/20', 'g'],
  ['64.15.123.211/25', 'h'],
  ['10.0.0.0/25', 'a'],
  ['10.0.0.128/25', 'b'],
  ['10.1.0.0/30', 'a'],
  ['10.1.0.4/30', 'b'],
  ['10.1.0.8/29', 'c'],
  ['10.1.0.16/29', 'd'],
] as const;

function kernelTable(): AllowedIps<string> {
  const table = new AllowedIps<string>();
  for (const [prefix, peer] of KERNEL_INSERTS) table.insert(prefixOf(prefix), peer);
  return table;
}

test.each([
  ['192.168.4.20', 'a'],
  ['192.168.4.0', 'a'],
  ['192.168.4.4', 'b'],
  ['192.168.200.182', 'c'],
  ['192.95.5.68', 'c'],
  ['192.95.5.96', 'e'],
  ['2607:5300:6000:6b00::c05f:543', 'd'],
  ['2607:5300:6000:6b00::c02e:1ee', 'c'],
  ['2607:5300:6000:6b01::', 'f'],
  ['2404:6800:4004:806::1006', 'g'],
  ['2404:6800:4004:806:0:1234:0:5678', 'g'],
  ['2404:67ff:4004:806:0:1234:0:5678', 'f'],
  ['2404:6801:4004:806:0:1234:0:5678', 'f'],
  ['2404:6800:4004:800:0:1234:0:5678', 'h'],
  ['2404:6800:4004:800::', 'h'],
  ['2404:6800:4004:800:1010:1010:1010:1010', 'h'],
  ['2404:6800:4004:800:dead:beef:dead:beef', 'a'],
  ['64.15.116.26', 'g'],
  ['64.15.127.3', 'g'],
  ['64.15.123.1', 'g'],
  ['64.15.123.128', 'h'],
  ['64.15.123.129', 'h'],
  ['10.0.0.52', 'a'],
  ['10.0.0.220', 'b'],
  ['10.1.0.2', 'a'],
  ['10.1.0.6', 'b'],
  ['10.1.0.10', 'c'],
  ['10.1.0.20', 'd'],
])('lookup() of %s gives %s (selftest/allowedips.c)', (address, peer) => {
  expect(lookup(kernelTable(), address)).toBe(peer);
});

test('lookup() reads the address at an offset, of the family that it is told', () => {
  const table = kernelTable();
  const packet = Uint8Array.of(9, 9, 9, ...octetsOf('10.0.0.220'), 9, ...octetsOf('2607:5300:6000:6b00::c02e:1ee'));
  expect(table.lookup(4, packet, 3)).toBe('b');
  expect(table.lookup(6, packet, 8)).toBe('c');
});

describe('removePeer()', () => {
  const ENDS = ['1.0.0.0', '64.0.0.0', '128.0.0.0', '192.0.0.0', '255.0.0.0'];

  test('leaves nothing of five addresses of one bit pattern each (selftest/allowedips.c)', () => {
    const table = new AllowedIps<string>();
    for (const address of ENDS) table.insert(prefixOf(`${address}/32`), 'a');
    table.removePeer('a');
    expect(ENDS.map((address) => lookup(table, address))).toEqual(ENDS.map(() => null));
    expect(table.of('a')).toEqual([]);
  });

  test('gives the addresses of a peer back to the prefixes around them', () => {
    const table = kernelTable();
    for (const address of ENDS) table.insert(prefixOf(`${address}/32`), 'a');
    table.removePeer('a');
    expect(ENDS.map((address) => lookup(table, address))).toEqual(ENDS.map(() => 'e'));
    expect(lookup(table, '192.168.4.20')).toBe('c');
    expect(lookup(table, '192.168.4.4')).toBe('b');
    expect(lookup(table, '2404:6800:4004:800:dead:beef:dead:beef')).toBe('h');
  });

  test('takes nested prefixes of one peer together (selftest/allowedips.c)', () => {
    const table = new AllowedIps<string>();
    table.insert(prefixOf('192.168.0.0/16'), 'a');
    table.insert(prefixOf('192.168.0.0/24'), 'a');
    table.removePeer('a');
    expect(lookup(table, '192.168.0.1')).toBeNull();
  });

  test('clears the deepest tree that there is (selftest/allowedips.c)', () => {
    const table = new AllowedIps<string>();
    const addresses = Array.from({ length: 128 }, (_, bit) => {
      const octets = new Uint8Array(16).fill(0xff);
      octets[bit >>> 3] = 0xff ^ (0x80 >>> (bit & 7));
      return octets;
    });
    for (const octets of addresses) table.insert({ octets, bits: 128 }, 'a');
    for (const octets of addresses) expect(table.lookup(6, octets, 0)).toBe('a');
    expect(table.lookup(6, new Uint8Array(16).fill(0xff), 0)).toBeNull();
    table.removePeer('a');
    expect(table.of('a')).toEqual([]);
  });
});

describe('remove()', () => {
  const NET = '192.0.0.0/24';
  const NET6 = '2444:6800:f0e4:800:eeae:beef::/98';
  const HOST6 = '2444:6801:40e4:800:deae:beef:def:beef';

  test.each([
    ['a longer prefix', '192.0.0.0/32', 'a'],
    ['a shorter one', '192.0.0.0/23', 'a'],
    ['its sibling', '192.0.1.0/24', 'a'],
    ['the same of another peer', NET, 'b'],
    ['one that is not there', '10.0.0.0/8', 'a'],
  ])('of %s changes nothing (selftest/allowedips.c)', (_, prefix, peer) => {
    const table = new AllowedIps<string>();
    table.insert(prefixOf('1.0.0.0/32'), 'a');
    table.insert(prefixOf(NET), 'a');
    table.remove(prefixOf(prefix), peer);
    expect(table.of('a').map(printed)).toEqual(['01000000/32', 'c0000000/24']);
  });

  test('of the prefix itself takes it, host bits or not, and leaves the others (selftest/allowedips.c)', () => {
    const table = new AllowedIps<string>();
    for (const prefix of ['1.0.0.0/32', NET, `${HOST6}/128`, NET6]) table.insert(prefixOf(prefix), 'a');
    table.remove(prefixOf('192.0.0.77/24'), 'a');
    expect(lookup(table, '192.0.0.1')).toBeNull();
    expect(lookup(table, '1.0.0.0')).toBe('a');
    table.remove(prefixOf(`${HOST6}/96`), 'a');
    expect(lookup(table, HOST6)).toBe('a');
    table.remove(prefixOf(`${HOST6}/128`), 'a');
    expect(lookup(table, HOST6)).toBeNull();
    table.remove(prefixOf(NET6), 'b');
    expect(lookup(table, '2444:6800:f0e4:800:eeae:beef:1010:1010')).toBe('a');
    table.remove(prefixOf(NET6), 'a');
    expect(table.of('a').map(printed)).toEqual(['01000000/32']);
  });

  test('gives the addresses to the shorter prefix around it', () => {
    const table = kernelTable();
    table.remove(prefixOf('192.168.4.0/24'), 'a');
    expect(lookup(table, '192.168.4.20')).toBe('c');
    expect(lookup(table, '192.168.4.4')).toBe('b');
  });

  test('of six of 394 leaves 388 (netns.sh)', () => {
    const table = new AllowedIps<string>();
    const all = Array.from({ length: 197 }, (_, i) => [`10.0.${i}.0/24`, `fd00:${i.toString(16)}::/32`]).flat();
    const gone = all.filter((_, i) => i % 70 === 3);
    for (const prefix of all) table.insert(prefixOf(prefix), 'a');
    for (const prefix of gone) table.remove(prefixOf(prefix), 'a');
    const left = table.of('a').map(printed);
    expect([gone.length, left.length]).toEqual([6, 388]);
    expect(gone.map((prefix) => printed(prefixOf(prefix))).filter((prefix) => left.includes(prefix))).toEqual([]);
  });
});

describe('of()', () => {
  test('gives the prefixes of one peer, masked, IPv4 first, in their order (selftest/allowedips.c)', () => {
    const table = new AllowedIps<string>();
    for (const prefix of [
      '192.95.5.93/27',
      '2607:5300:6000:6b00::c05f:543/128',
      '10.1.0.20/29',
      '2607:5300:6d8a:6bf8:dab1:f1df:c05f:1523/83',
      '2607:5300:6d8a:6bf8:dab1:f1df:c05f:1523/21',
    ]) {
      table.insert(prefixOf(prefix), 'a');
    }
    table.insert(prefixOf('10.1.0.20/32'), 'b');
    expect(table.of('a').map(printed)).toEqual(
      [
        '10.1.0.16/29',
        '192.95.5.64/27',
        '2607:5000::/21',
        '2607:5300:6000:6b00::c05f:543/128',
        '2607:5300:6d8a:6bf8:dab1:e000::/83',
      ].map((prefix) => printed(prefixOf(prefix))),
    );
    expect(table.of('nobody')).toEqual([]);
  });

  test('gives copies: what is done to them changes nothing', () => {
    const table = kernelTable();
    for (const { octets } of table.of('a')) octets.fill(0xff);
    expect(lookup(table, '10.0.0.52')).toBe('a');
  });
});

test('insert() copies, and moves a prefix to the peer that has it last', () => {
  const table = new AllowedIps<string>();
  const prefix = prefixOf('10.0.0.0/8');
  table.insert(prefix, 'a');
  prefix.octets.fill(0);
  expect(lookup(table, '10.1.2.3')).toBe('a');
  table.insert(prefixOf('10.9.9.9/8'), 'b');
  expect([table.of('a'), table.of('b').map(printed)]).toEqual([[], ['0a000000/8']]);
  expect(lookup(table, '10.1.2.3')).toBe('b');
});

/** Everything as numbers: a prefix is its value without host bits, and its length. */
class NaiveTable {
  readonly #entries = new Map<string, { value: bigint; width: bigint; bits: bigint; peer: number }>();

  #entry({ octets, bits }: Prefix) {
    const width = BigInt(octets.length * 8);
    const shift = width - BigInt(bits);
    const value = (numberOf(octets) >> shift) << shift;
    return { key: `${width} ${value} ${bits}`, value, width, bits: BigInt(bits) };
  }

  insert(prefix: Prefix, peer: number): void {
    const { key, ...entry } = this.#entry(prefix);
    this.#entries.set(key, { ...entry, peer });
  }

  remove(prefix: Prefix, peer: number): void {
    const { key } = this.#entry(prefix);
    if (this.#entries.get(key)?.peer === peer) this.#entries.delete(key);
  }

  removePeer(peer: number): void {
    for (const [key, entry] of this.#entries) if (entry.peer === peer) this.#entries.delete(key);
  }

  lookup(octets: Uint8Array): number | null {
    const width = BigInt(octets.length * 8);
    let best: { bits: bigint; peer: number } | null = null;
    for (const entry of this.#entries.values()) {
      const shift = width - entry.bits;
      const fits = entry.width === width && numberOf(octets) >> shift === entry.value >> shift;
      if (fits && (best === null || entry.bits > best.bits)) best = entry;
    }
    return best?.peer ?? null;
  }

  of(peer: number): string[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.peer === peer)
      .sort(
        (a, b) =>
          Number(a.width - b.width) || (a.value < b.value ? -1 : a.value > b.value ? 1 : Number(a.bits - b.bits)),
      )
      .map(({ value, width, bits }) => `${value.toString(16).padStart(Number(width) / 4, '0')}/${bits}`);
  }
}

function numberOf(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString('hex')}`);
}

describe('against a table that is searched from end to end', () => {
  // Few different octets, so that prefixes share bits and nest.
  const octet = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(0, 1, 0x80, 0xff) },
    { weight: 1, arbitrary: fc.nat(255) },
  );
  const address = fc.constantFrom(4, 16).chain((length) => fc.array(octet, { minLength: length, maxLength: length }));
  const prefix = address.chain((octets) =>
    fc.record({ octets: fc.constant(Uint8Array.from(octets)), bits: fc.nat(octets.length * 8) }),
  );
  const peer = fc.nat(4);
  const change = fc.oneof(
    { weight: 8, arbitrary: fc.record({ tag: fc.constant('insert' as const), prefix, peer }) },
    { weight: 2, arbitrary: fc.record({ tag: fc.constant('remove' as const), prefix, peer }) },
    // Takes away a prefix that is there, by its place in the enumeration.
    { weight: 2, arbitrary: fc.record({ tag: fc.constant('remove-own' as const), nth: fc.nat(20), peer }) },
    { weight: 1, arbitrary: fc.record({ tag: fc.constant('remove-peer' as const), peer }) },
  );

  test('every change, lookup and enumeration comes out the same', () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 60 }),
        fc.array(address, { minLength: 10, maxLength: 10 }),
        (changes, random) => {
          const table = new AllowedIps<number>();
          const naive = new NaiveTable();
          const asked: Uint8Array[] = random.map((octets) => Uint8Array.from(octets));
          for (const step of changes) {
            if (step.tag === 'remove-peer') {
              table.removePeer(step.peer);
              naive.removePeer(step.peer);
              continue;
            }
            const chosen = step.tag === 'remove-own' ? table.of(step.peer)[step.nth] : step.prefix;
            if (!chosen) continue;
            if (step.tag === 'insert') {
              table.insert(chosen, step.peer);
              naive.insert(chosen, step.peer);
              asked.push(chosen.octets, maskPrefix(chosen).octets);
            } else {
              table.remove(chosen, step.peer);
              naive.remove(chosen, step.peer);
            }
          }
          for (const octets of asked) {
            expect(table.lookup(octets.length === 4 ? 4 : 6, octets, 0)).toBe(naive.lookup(octets));
          }
          for (let peer = 0; peer <= 4; peer++) expect(table.of(peer).map(printed)).toEqual(naive.of(peer));
        },
      ),
      { numRuns: 300 },
    );
  });
});

test.each([
  ['192.168.4.77/24', '192.168.4.0/24'],
  ['255.255.255.255/0', '0.0.0.0/0'],
  ['255.255.255.255/1', '128.0.0.0/1'],
  ['255.255.255.255/9', '255.128.0.0/9'],
  ['255.255.255.255/32', '255.255.255.255/32'],
  ['ffff::ffff/17', 'ffff::/17'],
  ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127'],
])('maskPrefix() makes of %s %s', (given, masked) => {
  expect(maskPrefix(prefixOf(given))).toEqual(prefixOf(masked));
});
