import { expect, test } from 'vitest';
import { EarlyMessages } from '../../../../src/capture/keys/early-messages.ts';
import { KERNEL, KERNEL_DATA } from '../../../support/golden-handshakes.ts';
import { Bench, ipv4, join, recordOf, udp } from '../../../support/packets.ts';
import { forward } from '../../../support/sealed-packets.ts';

function note(early: EarlyMessages, packets: readonly Uint8Array[], isCounted = true): void {
  const bench = new Bench();
  packets.forEach((packet, i) => {
    bench.ip(packet);
    early.add(recordOf(packet, { frame: i + 1 }), bench.stack, isCounted);
  });
}

test('EarlyMessages keeps copies of handshake messages, and counts data', () => {
  const early = new EarlyMessages();
  const initiation = forward(KERNEL.initiation);
  note(early, [initiation, forward(KERNEL_DATA.forward), ipv4(17, udp(1, 2, join([1, 2, 3])))]);
  initiation.fill(0);
  expect(early.dataMessages).toBe(1);
  expect(early.take()).toEqual([
    {
      obfuscatedType: -1,
      place: { frame: 1, seconds: 1_700_000_000, nanoseconds: 0 },
      source: '192.0.2.1:40000',
      bytes: KERNEL.initiation,
    },
  ]);
  expect(early.take()).toEqual([]);
  note(early, [forward(KERNEL.initiation), forward(KERNEL_DATA.forward)], false);
  expect([early.dataMessages, early.take().length]).toEqual([1, 1]);
});

test('EarlyMessages drops the oldest of too many', () => {
  const early = new EarlyMessages();
  note(early, new Array<Uint8Array>(5000).fill(forward(KERNEL.initiation)));
  const kept = early.take();
  expect(kept.length).toBeLessThanOrEqual(2048);
  expect(kept.at(-1)?.place.frame).toBe(5000);
});
