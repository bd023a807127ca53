import { describe, expect, test } from 'vitest';
import { type Libc, loadLibc } from '../../../../../src/native/libc.ts';
import type { FoundRoute, RouteQuery } from '../../../../../src/native/netlink/route-table.ts';
import { SocketEndpoint } from '../../../../../src/native/socket-endpoint.ts';
import type { UdpReceiver } from '../../../../../src/native/udp/udp-receiver.ts';
import { type SocketFacts, Sources } from '../../../../../src/run/tunnel/data-path/sources.ts';

const libc = loadLibc();
if (!libc) console.warn('skipped: endpoints of sockets need koffi and 64-bit Linux');
/** The tests are skipped where there is none. */
const lib = libc as Libc;

const PEER = '198.51.100.2';
const HERE = '203.0.113.1';
const [LO, UP0, UP1] = [1, 2, 3];
const FACTS: SocketFacts = { port: 51_820, fwmark: 7, device: 0 };

/** A message of the peer that came to `HERE` by a device. */
function messageBy(device: number): SocketEndpoint {
  const bytes = new Uint8Array(64);
  bytes.set([2, 0, 0xca, 0x6c, ...octets(PEER)]);
  bytes.set(octets(HERE), 32);
  const headers = { address: 0, bytes, view: new DataView(bytes.buffer) };
  const told = { headers, nameOffset: () => 0, destinationOffset: () => 32, deviceOf: () => device };
  return SocketEndpoint.ofMessage(lib, told as unknown as UdpReceiver, 0);
}

/** A host with two uplinks: `ways` says by which device it goes from `from` by `device`; none is no route. */
function hostWith(ways: Readonly<Record<string, readonly number[] | undefined>>, facts = FACTS) {
  const asked: RouteQuery[] = [];
  const find = (question: RouteQuery): FoundRoute | null => {
    asked.push(question);
    const to = question.to.join('.') === HERE ? 'owner' : `${question.from?.join('.') ?? 'any'} by ${question.device}`;
    const devices = ways[to];
    return devices ? { devices, signature: devices.join() } : null;
  };
  return { asked, ways, sources: new Sources(lib, { find, sourceFor: () => null }, facts) };
}

describe.skipIf(!libc)('an answer to a peer that contacted this host is sent', () => {
  const best = `${HERE} by 0`;

  test('from the address, if the route from it uses the uplink that has it', () => {
    const { sources, asked } = hostWith({ [best]: [UP1] });
    expect(sources.ready(messageBy(UP1)).source).toMatchObject({ local: octets(HERE), device: 0 });
    expect(asked).toEqual([
      { to: octets(PEER), from: octets(HERE), device: 0, fwmark: 7, fromPort: 51_820, toPort: 51_820 },
    ]);
  });

  test('over one of several next hops', () => {
    const { sources } = hostWith({ [best]: [UP0, UP1] });
    expect(sources.ready(messageBy(UP1)).source).toMatchObject({ device: 0 });
  });

  test('over that uplink, if another has a better route', () => {
    const { sources } = hostWith({ [best]: [UP0], [`${HERE} by ${UP1}`]: [UP1] });
    expect(sources.ready(messageBy(UP1)).source).toMatchObject({ local: octets(HERE), device: UP1 });
  });

  test('over that uplink, if no other has a route: a VRF', () => {
    const { sources } = hostWith({ [`${HERE} by ${UP1}`]: [UP1] });
    expect(sources.ready(messageBy(UP1)).source).toMatchObject({ local: octets(HERE), device: UP1 });
  });

  test('as the route chooses, if no route uses the uplink that has the address', () => {
    const { sources } = hostWith({ [best]: [UP0], owner: [UP1] });
    expect(sources.ready(messageBy(UP1)).source).toBeNull();
  });

  test('from an address of no uplink over any route', () => {
    const { sources } = hostWith({ [best]: [UP0], owner: [LO] });
    expect(sources.ready(messageBy(UP1)).source).toMatchObject({ local: octets(HERE), device: 0 });
  });

  test('as the route chooses, if there is no route', () => {
    expect(hostWith({ owner: [LO] }).sources.ready(messageBy(UP1)).source).toBeNull();
  });

  test('over the device that the sockets are bound to', () => {
    const { sources, asked } = hostWith({ [`${HERE} by 9`]: [UP1] }, { ...FACTS, device: 9 });
    expect(sources.ready(messageBy(UP1)).source).toMatchObject({ device: 0 });
    expect(asked[0]?.device).toBe(9);
  });
});

/** Of IPv6, which with a local address takes the device for a hint alone. */
describe.skipIf(!libc)('an answer over IPv6 to a peer that contacted this host is sent', () => {
  const REMOTE = [0x20, 0x01, 0x0d, 0xb8, 0, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
  const LOCAL = [0x20, 0x01, 0x0d, 0xb8, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

  function answer(byDevice: readonly number[] | null, chosen: readonly number[]) {
    const bytes = new Uint8Array(64);
    bytes.set([10, 0, 0xca, 0x6c, 0, 0, 0, 0, ...REMOTE]);
    bytes.set(LOCAL, 40);
    const headers = { address: 0, bytes, view: new DataView(bytes.buffer) };
    const told = { headers, nameOffset: () => 0, destinationOffset: () => 40, deviceOf: () => UP1 };
    const find = ({ to, from, device }: RouteQuery): FoundRoute | null => {
      if (to[15] === 1) return { devices: [UP1], signature: '' };
      const devices = device === UP1 && from === null ? byDevice : [UP0];
      return devices && { devices, signature: devices.join() };
    };
    const sources = new Sources(lib, { find, sourceFor: () => Uint8Array.from(chosen) }, FACTS);
    return sources.ready(SocketEndpoint.ofMessage(lib, told as unknown as UdpReceiver, 0)).source;
  }

  test('over the uplink, if the kernel would choose that address there', () => {
    expect(answer([UP1], LOCAL)).toEqual({ local: null, device: UP1, signature: `${UP1}` });
  });

  test('as the route chooses, if the kernel would choose another address there, or has no route', () => {
    expect([answer([UP1], REMOTE), answer(null, LOCAL)]).toEqual([null, null]);
  });
});

describe.skipIf(!libc)('the choice', () => {
  const best = `${HERE} by 0`;

  test('is not made again for every datagram', () => {
    const { sources, asked } = hostWith({ [best]: [UP1] });
    const endpoint = messageBy(UP1);
    for (let i = 0; i < 100; i++) expect(sources.ready(endpoint)).toBe(endpoint);
    expect(asked).toHaveLength(1);
  });

  test('is kept while the route is the same, whatever else changes', () => {
    const { sources, asked } = hostWith({ [best]: [UP1] });
    const endpoint = messageBy(UP1);
    sources.ready(endpoint);
    for (let i = 0; i < 5; i++) sources.changed();
    for (let i = 0; i < 5; i++) expect(sources.ready(endpoint).source).not.toBeNull();
    expect(asked, 'one question a change, and only when something is sent').toHaveLength(2);
  });

  test.each([
    ['moves', [UP0]],
    ['is gone', undefined],
  ] as const)('is dropped when the route %s, until the peer contacts this host again', (_name, after) => {
    const ways: Record<string, readonly number[] | undefined> = { [best]: [UP1], owner: [UP1] };
    const { sources } = hostWith(ways);
    const endpoint = messageBy(UP1);
    sources.ready(endpoint);
    ways[best] = after;
    sources.changed();
    expect(sources.ready(endpoint).source).toBeNull();
    ways[best] = [UP1];
    sources.changed();
    expect(sources.ready(endpoint).source).toBeNull();
    expect(sources.ready(endpoint.anew()).source).not.toBeNull();
  });

  test('is left to the route for an endpoint in text, without a lookup', () => {
    const { sources, asked } = hostWith({});
    const ready = sources.ready({ address: PEER, port: 1 });
    expect([ready.source, sources.ready(ready)]).toEqual([null, ready]);
    expect(asked).toEqual([]);
  });
});

function octets(address: string): Uint8Array {
  return Uint8Array.from(address.split('.'), Number);
}
