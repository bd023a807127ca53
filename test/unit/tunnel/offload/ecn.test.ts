import { expect, test } from 'vitest';
import { decapsulatedEcn, decapsulateEcn, encapsulateEcn } from '../../../../src/tunnel/offload/ecn.ts';
import { buildPacket, PLAIN, PLAIN_V6 } from './packets.ts';

const CODEPOINT = { 'Not-ECT': 0, 'ECT(1)': 1, 'ECT(0)': 2, CE: 3, drop: -1 } as const;
type Codepoint = keyof typeof CODEPOINT;

/** RFC 6040 §4.2, figure 4, in its own order of rows and columns. */
const OUTER: Codepoint[] = ['Not-ECT', 'ECT(0)', 'ECT(1)', 'CE'];
const FIGURE_4: [Codepoint, Codepoint[]][] = [
  ['Not-ECT', ['Not-ECT', 'Not-ECT', 'Not-ECT', 'drop']],
  ['ECT(0)', ['ECT(0)', 'ECT(0)', 'ECT(1)', 'CE']],
  ['ECT(1)', ['ECT(1)', 'ECT(1)', 'ECT(1)', 'CE']],
  ['CE', ['CE', 'CE', 'CE', 'CE']],
];
const COMBINATIONS = FIGURE_4.flatMap(([inner, row]) =>
  row.map((result, i) => [inner, OUTER[i] ?? 'drop', result] as const),
);

test.each(COMBINATIONS)('decapsulatedEcn() of inner %s and outer %s is %s', (inner, outer, result) => {
  expect(decapsulatedEcn(CODEPOINT[inner], CODEPOINT[outer])).toBe(CODEPOINT[result]);
});

test.each(COMBINATIONS)('decapsulateEcn() of inner %s and outer %s leaves a packet with %s', (inner, outer, result) => {
  for (const plan of [PLAIN, PLAIN_V6]) {
    const marked = (ecn: Codepoint): Uint8Array => buildPacket({ ...plan, trafficClass: 0xb8 + CODEPOINT[ecn] });
    const packet = marked(inner);
    expect(decapsulateEcn(packet, 0, CODEPOINT[outer])).toBe(result !== 'drop');
    expect(packet).toEqual(marked(result === 'drop' ? inner : result));
  }
});

test.each([0, 1, 2, 3])('encapsulateEcn() copies codepoint %i (RFC 6040 §4.1)', (ecn) => {
  for (const plan of [PLAIN, PLAIN_V6]) {
    expect(encapsulateEcn(buildPacket({ ...plan, trafficClass: 0xb8 + ecn }), 0)).toBe(ecn);
  }
});
