import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  TunnelFlowReport,
  TunnelKindReport,
  TunnelsReport,
} from '../../../../src/capture/documents/capture-tunnels.ts';
import { tunnelLines } from '../../../../src/report/decode/tunnels-text.ts';

const kind: TunnelKindReport = {
  kind: 'geneve',
  packets: 10,
  outer_bytes: 2000,
  inner_bytes: 1500,
  inner_ratio: 0.75,
  payload_bytes: 1000,
  goodput_ratio: 0.5,
  overhead_bytes: 50,
  header_bytes: { least: 36, most: 302 },
};
const flow: TunnelFlowReport = {
  kind: 'geneve',
  id: 'vni 7',
  from: '192.0.2.1',
  to: '192.0.2.2',
  packets: 10,
  outer_bytes: 2000,
  inner_bytes: 1500,
  inner_ratio: 0.75,
  payload_bytes: 1000,
  goodput_ratio: 0.5,
  first_frame: 1,
  sequence: null,
};
const sequence = {
  received: 95,
  lost: 5,
  loss_ratio: 0.05,
  duplicated: 1,
  reordered: 2,
  stale: 0,
  restarts: 0,
  implausible: 0,
};
const sample: TunnelsReport = { kinds: [kind], flows: [flow], flows_not_listed: 0, packets_not_followed: 0 };

describe('tunnelLines()', () => {
  test('has what is around packets, and the flows', () => {
    expect(tunnelLines(sample)).toEqual([
      'overhead',
      '  geneve: 50.0 bytes around a packet (headers: 36 to 302), goodput 50.0% of the',
      '    bytes outside',
      'flows',
      '  geneve vni 7, 192.0.2.1 > 192.0.2.2',
      '    10 packets, 2,000 bytes outside, 1,500 inside (75.0%), goodput 50.0%',
    ]);
    expect(tunnelLines({ ...sample, kinds: [], flows: [] })).toEqual([]);
  });

  test('says where what is lost was lost, and what is hidden', () => {
    const hidden = { inner_bytes: null, inner_ratio: null, payload_bytes: null, goodput_ratio: null };
    const esp = { ...flow, ...hidden, kind: 'esp', id: 'spi 0x00000001', sequence };
    const text = tunnelLines({ ...sample, flows: [esp] }).join('\n');
    expect(text).toContain('10 packets, 2,000 bytes outside, encrypted inside');
    expect(text).toContain('by sequence numbers: 5 lost (5.00%), 1 duplicated, 2 reordered');
    expect(text).toContain('lost: between the sender and where the capture was made');
  });

  test('of WireGuard the overhead is not said: its padding is not known', () => {
    expect(tunnelLines({ ...sample, kinds: [{ ...kind, kind: 'wireguard' }], flows: [] })).toEqual([]);
  });

  test('lists 16 flows and counts the others', () => {
    const flows = Array.from({ length: 20 }, () => flow);
    const lines = tunnelLines({ ...sample, flows, flows_not_listed: 100 });
    expect(lines.filter((line) => line.includes('vni 7'))).toHaveLength(16);
    expect(lines).toContain('  and 104 more');
  });

  test('keeps to 80 columns, whatever the figures', () => {
    const count = fc.oneof(fc.nat(), fc.maxSafeNat());
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(count, count, ratio, ratio, (a, b, c, d) => {
        const wide = '2001:db8:1111:2222:3333:4444:5555:6666';
        const large = {
          packets: a,
          outer_bytes: b,
          inner_bytes: a,
          inner_ratio: c,
          payload_bytes: b,
          goodput_ratio: d,
        };
        const numbers = { received: a, lost: b, loss_ratio: c, duplicated: a, reordered: b };
        const far = {
          ...flow,
          ...large,
          kind: 'mpls-in-udp',
          id: 'label 1048575',
          from: wide,
          to: wide,
          sequence: { ...numbers, stale: a, restarts: b, implausible: a },
        };
        const lines = tunnelLines({
          kinds: [{ ...kind, ...large, overhead_bytes: b * c }],
          flows: [far],
          flows_not_listed: a,
          packets_not_followed: b,
        });
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
      }),
    );
  });
});
