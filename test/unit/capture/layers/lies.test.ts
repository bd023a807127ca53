import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_LAYERS } from '../../../../src/capture/dissect/layer-stack.ts';
import { PACKETS } from '../../../support/packet-table.ts';
import { Bench, ethernet, icmpEcho, ipv4, ipv6, join, tcp, u16, u32, udp, zeros } from '../../../support/packets.ts';

const frame = (payload: Uint8Array): Uint8Array => ethernet(0x0800, payload);

test('IPv4: a header of fewer than five words is refused (RFC 791 §3.1)', () => {
  const bench = new Bench();
  const packet = ipv4(1, icmpEcho());
  packet[0] = 0x44;
  expect(bench.layers(frame(packet))).toBe('ethernet');
  expect(bench.stack.error).toBe('bad-length');
  expect(bench.stack.errorOffset).toBe(14);
});

test('IPv4: a total length of 0 means all that was captured (segmentation offload)', () => {
  const bench = new Bench();
  expect(bench.layers(frame(ipv4(17, udp(1, 2, zeros(100)), { length: 0 })))).toBe('ethernet ipv4 udp');
  expect(bench.stack.error).toBeNull();
  expect(bench.stack.wireBytes[1]).toBe(128);
});

test('IPv4: a total length smaller than the header, and one beyond the frame', () => {
  const bench = new Bench();
  expect(bench.layers(frame(ipv4(1, icmpEcho(), { length: 19 })))).toBe('ethernet');
  expect(bench.stack.error).toBe('bad-length');
  expect(bench.layers(frame(ipv4(1, icmpEcho(), { length: 1000 })))).toBe('ethernet ipv4 icmp');
  expect(bench.stack.error).toBe('bad-length');
  expect(bench.stack.errorOffset).toBe(16);
});

test('IPv4: padding of the frame is not part of the packet', () => {
  const bench = new Bench();
  bench.layers(join(frame(ipv4(17, udp(1, 2, [1]))), zeros(17)));
  expect(bench.stack.wireBytes[1]).toBe(29);
});

test('UDP: a length beyond the IP packet or below the header ends dissection (RFC 768)', () => {
  const bench = new Bench();
  expect(bench.layers(frame(ipv4(17, udp(1, 4789, zeros(40), 60))))).toBe('ethernet ipv4 udp');
  expect(bench.stack.error).toBe('bad-length');
  expect(bench.stack.errorOffset).toBe(14 + 20 + 4);
  expect(bench.layers(frame(ipv4(17, udp(1, 4789, zeros(40), 7))))).toBe('ethernet ipv4');
  expect(bench.stack.error).toBe('bad-length');
});

test('TCP: a header of fewer than five words', () => {
  const bench = new Bench();
  const segment = tcp(1, 2, [1, 2, 3]);
  segment[12] = 0x40;
  expect(bench.layers(frame(ipv4(6, segment)))).toBe('ethernet ipv4');
  expect(bench.stack.error).toBe('bad-length');
});

test('IPv6: a payload length beyond the frame, and one of 0', () => {
  const bench = new Bench();
  expect(bench.layers(ethernet(0x86dd, ipv6(17, udp(1, 2, [1]), 500)))).toBe('ethernet ipv6 udp');
  expect(bench.stack.error).toBe('bad-length');
  expect(bench.layers(ethernet(0x86dd, ipv6(17, udp(1, 2, [1]), 0)))).toBe('ethernet ipv6 udp');
  expect(bench.stack.error).toBeNull();
});

test('another version after EtherType 0800 is refused', () => {
  const bench = new Bench();
  expect(bench.layers(frame(ipv6(17, udp(1, 2, [1]))))).toBe('ethernet');
  expect(bench.stack.error).toBe('bad-version');
});

test('dissection ends at the limit of layers', () => {
  const bench = new Bench();
  let packet = ipv4(1, icmpEcho());
  for (let i = 0; i < MAX_LAYERS + 5; i++) packet = ipv4(4, packet);
  bench.layers(frame(packet));
  expect(bench.stack.count).toBe(MAX_LAYERS);
  expect(bench.stack.error).toBe('too-deep');
});

test('an MPLS stack without a bottom entry ends with the packet', () => {
  const bench = new Bench();
  expect(bench.layers(ethernet(0x8847, join(u32(0x1000), u32(0x1000))))).toBe('ethernet mpls');
  expect(bench.stack.error).toBe('bad-length');
});

test('a GTP-U extension of length 0 causes no endless loop', () => {
  const bench = new Bench();
  bench.layers(frame(ipv4(17, udp(1, 2152, join([0x34, 255], u16(8), u32(1), [0, 0, 0, 1], [0, 0, 0, 1])))));
  expect(bench.stack.error).toBe('bad-length');
});

test('an unknown link type is reported as unsupported', () => {
  const bench = new Bench();
  expect(bench.layers(Uint8Array.of(1, 2, 3), { linkType: 999 })).toBe('');
  expect(bench.stack.error).toBe('unsupported');
});

test('random octets with any link type: no exception, and all layers within the packet', () => {
  const bench = new Bench();
  const linkTypes = [0, 1, 9, 12, 50, 101, 108, 113, 147, 228, 229, 239, 276];
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(...linkTypes),
      fc.nat(100),
      (bytes, linkType, more) => {
        bench.layers(bytes, { linkType, originalBytes: bytes.length + more });
        holds(bench, bytes.length);
      },
    ),
    { numRuns: 3000 },
  );
});

test('changed, cut and extended packets: no exception, and all layers within the packet', () => {
  const bench = new Bench();
  const change = fc.tuple(fc.nat(300), fc.nat(255));
  fc.assert(
    fc.property(fc.constantFrom(...PACKETS), fc.array(change, { maxLength: 6 }), fc.nat(300), (row, changes, cut) => {
      const bytes = row.bytes.slice(0, row.bytes.length - (cut % row.bytes.length));
      for (const [at, octet] of changes) bytes[at % bytes.length] = octet;
      bench.layers(bytes);
      holds(bench, bytes.length);
    }),
    { numRuns: 5000 },
  );
});

function holds({ stack }: Bench, length: number): void {
  expect(stack.count).toBeLessThanOrEqual(MAX_LAYERS);
  // A reassembled packet is in another buffer.
  if (stack.fragment === 'reassembled') return;
  for (let i = 0; i < stack.count; i++) {
    const at = stack.offsets[i] ?? 0;
    expect(at + (stack.capturedBytes[i] ?? 0)).toBeLessThanOrEqual(length);
    expect(stack.wireBytes[i]).toBeGreaterThanOrEqual(stack.capturedBytes[i] ?? 0);
    if (i > 0) expect(at).toBeGreaterThanOrEqual(stack.offsets[i - 1] ?? 0);
  }
}
