import { describe, expect, test } from 'vitest';
import { findControl } from '../../../../src/native/udp/control-messages.ts';

/** SOL_IP, IP_TOS and IP_PKTINFO; SOL_UDP, UDP_GRO; with the lengths of their data. */
const TOS = { level: 0, type: 1, data: [0x2e] };
const PKTINFO = { level: 0, type: 8, data: [7, 0, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2] };
const GRO = { level: 17, type: 104, data: [0xb8, 0x05, 0, 0] };
type Message = typeof TOS;

/** As CMSG_NXTHDR() of the C library walks them: each begins at a multiple of 8. */
function areaOf(...messages: readonly Message[]): DataView {
  const view = new DataView(
    new ArrayBuffer(messages.reduce((sum, { data }) => sum + 16 + ((data.length + 7) & ~7), 0)),
  );
  let at = 0;
  for (const { level, type, data } of messages) {
    view.setBigUint64(at, BigInt(16 + data.length), true);
    view.setInt32(at + 8, level, true);
    view.setInt32(at + 12, type, true);
    for (const [i, octet] of data.entries()) view.setUint8(at + 16 + i, octet);
    at += 16 + ((data.length + 7) & ~7);
  }
  return view;
}

const all = areaOf(TOS, PKTINFO, GRO);
const find = (view: DataView, { level, type, data }: Message, end = view.byteLength): number =>
  findControl(view, 0, end, { level, type, dataBytes: data.length });

describe('findControl()', () => {
  test('finds each message by level and type', () => {
    expect([TOS, PKTINFO, GRO].map((one) => find(all, one))).toEqual([16, 40, 72]);
    expect(findControl(all, 0, all.byteLength, { level: TOS.type, type: TOS.level, dataBytes: 1 })).toBe(-1);
    expect(findControl(all, 24, all.byteLength, { ...GRO, dataBytes: 4 })).toBe(72);
  });

  test.each([TOS, PKTINFO, GRO])('ignores a truncated message of any length: type $type', (message) => {
    for (let length = 0; length < 16 + message.data.length; length++) {
      const view = areaOf(message);
      view.setUint32(0, length, true);
      expect(find(view, message), `${length}`).toBe(-1);
    }
  });

  test('does not read after the end that the kernel reported', () => {
    for (let end = 0; end < all.byteLength; end++) {
      // The padding of the last one need not be there.
      expect(find(all, GRO, end), `${end}`).toBe(end < 76 ? -1 : 72);
    }
  });

  test.each([0, 15, 0x7fff_ffff, 0xffff_fff8, 0xffff_ffff])('a length of %d ends the search', (length) => {
    const view = areaOf(TOS, GRO);
    view.setUint32(0, length, true);
    expect([find(view, TOS), find(view, GRO)]).toEqual([-1, -1]);
  });
});
