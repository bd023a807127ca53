import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreamKey } from '../../../../src/wire/datagram.ts';
import {
  hopOctets,
  MTU_PROBE_BYTES,
  readMtuAnswer,
  readPaddedProbe,
  writeMtuAnswer,
  writePaddedProbe,
} from '../../../../src/wire/probe/mtu-probe.ts';

const TOKEN = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const KEY = new StreamKey(TOKEN, 3);

function padded(answerBytes: number, bytes = 100): DataView {
  const view = new DataView(new Uint8Array(bytes).fill(0xee).buffer);
  writePaddedProbe(view, 3, TOKEN, { sequence: 0x0102_0304_0506, answerBytes }, 7);
  return view;
}

describe('a padded probe', () => {
  test('has the layout of docs/protocol.md, and padding that is left as it is', () => {
    const bytes = new Uint8Array(padded(0x05dc).buffer);
    expect([...bytes.subarray(0, 32)]).toEqual([
      ...[0x77, 6, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8],
      ...[0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0, 7],
      ...[0x05, 0xdc, 0, 0],
    ]);
    expect([...bytes.subarray(32)]).toEqual(Array(68).fill(0xee));
  });

  test('is read by its stream alone, and not below 52 octets', () => {
    const view = padded(1472);
    expect(readPaddedProbe(KEY, view, 0, 100)).toEqual({ sequence: 0x0102_0304_0506, answerBytes: 1472 });
    expect(readPaddedProbe(new StreamKey(TOKEN, 4), view, 0, 100)).toBeUndefined();
    expect(readPaddedProbe(KEY, view, 0, MTU_PROBE_BYTES - 1)).toBeUndefined();
    view.setUint32(12, 0xffff_ffff);
    expect(readPaddedProbe(KEY, view, 0, 100)).toBeUndefined();
  });
});

describe('its answer', () => {
  test('says what arrived, what was refused, and who said what of the way back', () => {
    const view = padded(9000);
    const v4 = { mtu: 1380, hop: hopOctets(Uint8Array.of(192, 0, 2, 9)) };
    writeMtuAnswer(view, { receivedBytes: 100, fragmentBytes: 1396, refusedAt: 1500, hint: v4 });
    expect(readMtuAnswer(KEY, view, 0, 100)).toEqual({
      sequence: 0x0102_0304_0506,
      receivedBytes: 100,
      fragmentBytes: 1396,
      refusedAt: 1500,
      hint: { mtu: 1380, from: '192.0.2.9' },
    });
    const hop = Uint8Array.of(0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 9);
    const plain = { receivedBytes: 52, fragmentBytes: 0, refusedAt: null };
    writeMtuAnswer(view, { ...plain, hint: { mtu: 2 ** 31, hop: hopOctets(hop) } });
    expect(readMtuAnswer(KEY, view, 0, 52)).toMatchObject({
      refusedAt: null,
      hint: { mtu: 65_535, from: '2001:db8::9' },
    });
    writeMtuAnswer(view, { ...plain, hint: null });
    expect(readMtuAnswer(KEY, view, 0, 52)).toMatchObject({ receivedBytes: 52, refusedAt: null, hint: null });
    expect(readMtuAnswer(KEY, view, 0, 51)).toBeUndefined();
    expect(readPaddedProbe(KEY, view, 0, 100), 'an answer is no probe').toBeUndefined();
  });

  test('any octets are read, or are none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        const answer = readMtuAnswer(KEY, view, 0, bytes.length);
        expect(answer === undefined || bytes.length >= MTU_PROBE_BYTES).toBe(true);
        expect(readPaddedProbe(KEY, view, 0, bytes.length) === undefined || bytes[1] === 6).toBe(true);
      }),
    );
  });
});
