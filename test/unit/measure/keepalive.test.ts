import { describe, expect, test } from 'vitest';
import { CommonWindow } from '../../../src/measure/flow/common-window.ts';
import { ReceiverMeter } from '../../../src/measure/flow/receiver-meter.ts';
import { UdpReceiverEngine } from '../../../src/measure/flow/udp-receiver.ts';
import { Keepalives, PeerWatch } from '../../../src/measure/keepalive.ts';
import { StreamKey } from '../../../src/wire/datagram.ts';

const S = 1e9;
const TOKEN = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

describe('Keepalives', () => {
  test('none before the test begins, then one at once and one every second', () => {
    const keepalives = new Keepalives({ stream: 3, token: TOKEN });
    expect([keepalives.nextAt, keepalives.take(1e18)]).toEqual([Number.POSITIVE_INFINITY, undefined]);
    keepalives.begin(5 * S);
    const sent: number[] = [];
    for (let now = 5 * S; now <= 15 * S; now += S / 4) if (keepalives.take(now)) sent.push((now - 5 * S) / S);
    expect(sent).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('are the header of the stream, a number and the time', () => {
    const keepalives = new Keepalives({ stream: 0x0102, token: TOKEN });
    keepalives.begin(0);
    expect(hex(keepalives.take(0x1122))).toBe(
      '77050102' + '0102030405060708' + '0000000000000000' + '0000000000001122',
    );
    expect(hex(keepalives.take(2 * S))).toBe('77050102' + '0102030405060708' + '0000000000000001' + '0000000077359400');
  });

  test('are no payload to a receiver', () => {
    const plan = {
      warmupNs: 0,
      durationNs: 10 * S,
      bytes: null,
      intervalNs: S,
      marked: true,
      window: new CommonWindow(),
    };
    const receiver = new UdpReceiverEngine(new StreamKey(TOKEN, 3), new ReceiverMeter(plan));
    const keepalives = new Keepalives({ stream: 3, token: TOKEN });
    keepalives.begin(0);
    const bytes = keepalives.take(0) ?? new Uint8Array();
    receiver.handleDatagram(bytes, S);
    receiver.handleMessage(new DataView(bytes.buffer), 0, bytes.length, 0, S);
    expect([receiver.packets, receiver.meter.bytes]).toEqual([0, 0]);
  });
});

describe('PeerWatch', () => {
  test('falls quiet 9 s after the last sign and not before, and hears again', () => {
    const watch = new PeerWatch(S);
    expect([watch.isQuiet(10 * S - 1), watch.isQuiet(10 * S)]).toEqual([false, true]);
    watch.hear(12 * S);
    expect([watch.isQuiet(12 * S), watch.isQuiet(21 * S - 1), watch.isQuiet(21 * S)]).toEqual([false, false, true]);
    expect(watch.quietAt).toBe(21 * S);
  });
});
