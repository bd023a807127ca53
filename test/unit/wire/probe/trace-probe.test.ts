import { describe, expect, test } from 'vitest';
import { StreamKey } from '../../../../src/wire/datagram.ts';
import {
  answerHopProbe,
  HOP_PROBE_BYTES,
  readHopAnswer,
  readQuotedHop,
  writeHopProbe,
} from '../../../../src/wire/probe/trace-probe.ts';

const TOKEN = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const KEY = new StreamKey(TOKEN, 3);

function hopProbe(id: number): Uint8Array {
  const bytes = new Uint8Array(HOP_PROBE_BYTES).fill(0xee);
  writeHopProbe(new DataView(bytes.buffer), { stream: 3, token: TOKEN }, id);
  return bytes;
}

function answerTo(bytes: Uint8Array, key = KEY, length = bytes.length): Uint8Array | null {
  const copy = bytes.slice();
  return answerHopProbe(key, new DataView(copy.buffer), length) ? copy : null;
}

describe('a probe of the trace back', () => {
  test('and its answer have the layout of docs/protocol.md', () => {
    const fields = [0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 1, 0x2c, 0, 0, 0, 0, 0, 0, 0, 0];
    expect([...hopProbe(300)]).toEqual([0x77, 8, ...fields]);
    expect([...(answerTo(hopProbe(300)) ?? [])]).toEqual([0x77, 9, ...fields]);
  });

  test('is answered by its stream alone, at its length alone, and an answer is not answered', () => {
    const probe = hopProbe(1);
    expect(answerTo(probe, new StreamKey(TOKEN, 4))).toBeNull();
    expect(answerTo(probe, new StreamKey(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 9), 3))).toBeNull();
    const longer = new Uint8Array(29);
    longer.set(probe);
    expect(answerTo(longer)).toBeNull();
    for (let length = 0; length < HOP_PROBE_BYTES; length++) expect(answerTo(probe, KEY, length)).toBeNull();
    expect(answerTo(answerTo(probe) ?? probe)).toBeNull();
  });

  test('is known by its answer, and by what an ICMP message quotes, where that is enough', () => {
    const probe = hopProbe(77);
    expect(readHopAnswer(KEY, answerTo(probe) ?? probe)).toBe(77);
    expect(readHopAnswer(KEY, probe)).toBeNull();
    expect(readQuotedHop(KEY, probe)).toBe(77);
    for (let length = 0; length < HOP_PROBE_BYTES; length++) {
      expect(readQuotedHop(KEY, probe.subarray(0, length))).toBeNull();
    }
    // Numbers that no probe has: 0, and 2^63.
    expect(readQuotedHop(KEY, hopProbe(0))).toBeNull();
    expect(readQuotedHop(KEY, probe.with(12, 0x80))).toBeNull();
  });
});
