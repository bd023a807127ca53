/** What is advised about the MTU: never below 1280, whatever pieces and routers say. */
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../../src/capture/documents/capture-report.ts';
import { findingsOf } from '../../../../src/capture/findings/findings.ts';
import { ipPieces, orders } from '../../../support/fragments.ts';
import { A6, B6, initiation, udp, wireguardData } from '../../../support/packets.ts';
import { datagram, END_A, END_B, type End, TunnelScene } from '../../../support/tunnel-scene.ts';

const ENDS: readonly (readonly [string, End, End, number])[] = [
  ['IPv4', END_A, END_B, 20],
  ['IPv6', { address: A6, port: 40_000 }, { address: B6, port: 51_820 }, 40],
];

function found(scene: TunnelScene, code: string): Finding {
  const finding = findingsOf(scene.report(), null).find((one) => one.code === code);
  if (finding === undefined) throw new Error(`no finding ${code} among ${scene.codes()}`);
  return finding;
}

/** A datagram with a message that has so many octets inside. */
const dataOf = (from: End, to: End, counter: number, inside: number): Uint8Array =>
  udp(from.port, to.port, wireguardData(7, counter, inside));

describe.each(ENDS)('pieces of %s', (_name, from, to, ipBytes) => {
  const scene = (order: readonly number[], cuts: readonly number[], frame = (packet: Uint8Array) => packet) => {
    const made = new TunnelScene();
    if (ipBytes === 20) made.send(0, from, to, initiation(1));
    else made.packet(0, ipPieces(from, to, udp(from.port, to.port, initiation(1)), [])[0] as Uint8Array);
    for (let counter = 0; counter < 4; counter++) {
      const pieces = ipPieces(from, to, dataOf(from, to, counter, 1420), cuts, counter);
      for (const [i, at] of order.entries()) made.packet(1 + counter + i / 1000, frame(pieces[at] as Uint8Array));
    }
    return made;
  };

  test.each(orders([0, 1, 2]).map((order) => [order]))('in order %j give the same size and MTU', (order) => {
    const { fragments, largest_outer_bytes, messages } = scene(order, [1376, 1392]).peer().a_to_b;
    const headers = ipBytes + (ipBytes === 40 ? 8 : 0);
    expect(messages).toBe(4);
    expect(fragments).toMatchObject({
      packets: 12,
      bytes: 4 * (8 + 32 + 1420 + 3 * headers),
      largest_bytes: 1376 + headers,
      largest_cut_bytes: 1376 + headers,
    });
    expect(largest_outer_bytes).toBe(ipBytes + 8 + 32 + 1420);
  });

  test.each(orders([0, 1]).map((order) => [order]))(
    'a path with a sufficient MTU: that MTU is advised, order %j',
    (order) => {
      // The first piece has 1396 octets over IPv4, 1416 over IPv6: 1336 inside of both, and a multiple of 16 is 1328.
      const cut = 1376 - (ipBytes === 40 ? 8 : 0);
      expect(found(scene(order, [cut]), 'outer-fragments').next_step).toContain('MTU to 1328 at both ends');
    },
  );

  test.each([
    ['the last piece larger than the first', [64]],
    ['three pieces', [480, 960]],
    ['pieces of eight octets', [8]],
  ] as const)('%s: no MTU below 1280', (_what, cuts) => {
    for (const order of orders([0, 1, 2].slice(0, cuts.length + 1))) {
      const { next_step } = found(scene(order, cuts), 'outer-fragments');
      expect(next_step).toMatch(/^raise the MTU of the link/);
      expect(next_step.match(/MTU of (\d+),/)?.[1]).toBe('1280');
    }
  });
});

test('a path that may carry inner packets of 1280, within the precision of fragments, is taken to carry them', () => {
  const scene = new TunnelScene().send(0, END_A, END_B, initiation(1));
  const [first, last] = ipPieces(END_A, END_B, dataOf(END_A, END_B, 0, 1420), [1316 + 4 - 4 - (1316 % 8)]);
  scene.packet(1, first as Uint8Array).packet(1.001, last as Uint8Array);
  // A piece of 1332 octets goes through an MTU of 1332 to 1339: 1279 inside at most.
  expect(scene.peer().a_to_b.fragments.largest_cut_bytes).toBe(1332);
  expect(found(scene, 'outer-fragments').next_step).toMatch(/^raise/);
  const [next, end] = ipPieces(END_A, END_B, dataOf(END_A, END_B, 1, 1420), [1320], 2);
  scene.packet(2, next as Uint8Array).packet(2.001, end as Uint8Array);
  expect(scene.peer().a_to_b.fragments.largest_cut_bytes).toBe(1340);
  expect(found(scene, 'outer-fragments').next_step).toContain('MTU to 1280 at both ends');
});

test('from last fragments alone, no MTU is derived', () => {
  const scene = new TunnelScene().data(0, END_A, END_B, 7, [0, 1]);
  const [, last] = ipPieces(END_A, END_B, dataOf(END_A, END_B, 2, 1420), [1208]);
  scene.packet(1, last as Uint8Array);
  expect(scene.peer().a_to_b.fragments).toMatchObject({ packets: 1, largest_cut_bytes: null });
  expect(found(scene, 'outer-fragments').next_step).not.toMatch(/MTU/);
});

test.each([68, 576, 1279, 1339])('for an ICMP error with MTU %i, no tunnel MTU below 1280 is advised', (mtu) => {
  const large = datagram(END_A, END_B, wireguardData(9, 5, 1420));
  const scene = new TunnelScene().data(0, END_A, END_B, 9, [0]).packet(1, large);
  scene.icmp(1.01, [10, 0, 0, 1], large.subarray(0, 60), 3, 4, mtu);
  expect(found(scene, 'icmp-too-big').next_step).toMatch(new RegExp(`carries ${mtu} octets only.*MTU of 1280`));
});

test('for an ICMP error with MTU 1340, a tunnel MTU of 1280 is advised', () => {
  const large = datagram(END_A, END_B, wireguardData(9, 5, 1420));
  const scene = new TunnelScene().data(0, END_A, END_B, 9, [0]).packet(1, large);
  scene.icmp(1.01, [10, 0, 0, 1], large.subarray(0, 60), 3, 4, 1340);
  expect(found(scene, 'icmp-too-big').next_step).toContain('MTU to 1280 at both ends');
});

test('for a tunnel with a low MTU, no lower one is advised', () => {
  const scene = new TunnelScene().send(0, END_A, END_B, initiation(1));
  for (const [i, at] of [1, 1.2, 1.6, 2.4, 4].entries()) {
    scene.send(at, END_A, END_B, wireguardData(9, i, 1008)).data(at + 0.01, END_B, END_A, 8, []);
  }
  expect(found(scene, 'mtu-black-hole').next_step).not.toMatch(/lower|below/);
});
