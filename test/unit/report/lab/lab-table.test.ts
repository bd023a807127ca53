import { expect, test } from 'vitest';
import { displayWidth } from '../../../../src/core/printable.ts';
import type { LabEvent, LabLink, LabRowName } from '../../../../src/core/shapes/lab.ts';
import { labProgress, labStatus } from '../../../../src/report/lab/lab-progress.ts';
import { formatLab } from '../../../../src/report/lab/lab-table.ts';
import { labVerdict } from '../../../../src/report/lab/lab-words.ts';
import { enginesLab, labDocument, labRow, slowLab, tunnelRow } from '../lab-samples.ts';
import { bandwidth, flow, overhead } from '../samples.ts';

test.each([
  ['fast', labDocument()],
  ['slow', slowLab()],
  ['of engines', enginesLab()],
])('a lab on a terminal: %s', (_what, document) => {
  expect(formatLab(document, { color: false })).toMatchSnapshot();
});

test.each([60, 80, 140])('no line is wider than %d columns, whatever the figures', (width) => {
  const wild = [null, 0, 1e-9, 999.5, 1e12, 9.999e300];
  for (const figure of wild) {
    const row = {
      tcp_goodput_bps: figure,
      udp_goodput_bps: figure,
      udp_paced_rate_bps: figure,
      udp_paced_loss_ratio: figure === null ? null : Math.min(figure, 1),
      cpu: { near_ratio: figure, far_ratio: figure, tunnel_ratio: figure },
    };
    const document = slowLab({
      rows: [labRow(row), tunnelRow({ ...row, name: 'wireguard-go', mtu_bytes: 9000 })],
      overhead: [
        overhead({
          path: 'wireguard-go',
          goodput_ratio: figure,
          goodput_ratio_ci95: figure === null ? null : [figure, figure],
          ceiling_ratio: figure,
          efficiency_ratio: figure,
          added_rtt_ns: figure === null ? null : -figure,
          wire_bytes_per_payload_byte: figure,
        }),
      ],
    });
    for (const line of formatLab(document, { color: false, width }).split('\n')) {
      expect(displayWidth(line), line).toBeLessThanOrEqual(width);
    }
  }
});

test('colour is colour only', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colour is made of
  const plain = formatLab(slowLab(), { color: true }).replaceAll(/\x1b\[\d+m/g, '');
  expect(plain).toBe(formatLab(slowLab(), { color: false }));
});

test.each<readonly [string, ReturnType<typeof labDocument>, RegExp]>([
  [
    'a tunnel at its ceiling costs its bytes',
    slowLab(),
    /winze: costs only its bytes: TCP carries 95\.9% of what the plain line does, and its headers allow 95\.7%/,
  ],
  [
    'a slow tunnel on a slow line is slower than that',
    slowLab(),
    /wireguard-go: is slower than its bytes explain: .* Its processes keep 1\.55 of 8 cores busy/,
  ],
  [
    'without a rate, what is missing is work',
    labDocument(),
    /winze: costs work, not bytes: TCP carries 10\.0% .* Its processes keep 1\.55 of 8 cores busy/,
  ],
  [
    'rounds that differ too much are no ground for a verdict',
    labDocument({
      overhead: [
        overhead({
          path: 'winze',
          goodput_ratio: 0.95,
          goodput_ratio_ci95: [0.7, 1.2],
          ceiling_ratio: 0.957,
          efficiency_ratio: 0.99,
        }),
      ],
    }),
    /winze: the rounds differ too much \(95%: 70\.0%\.\.120\.0%\)/,
  ],
  [
    'one round is none either',
    labDocument({ overhead: [overhead({ path: 'winze', rounds: 1 })] }),
    /winze: one round is too little/,
  ],
  [
    'what the line adds by itself is told, where a relay makes it',
    slowLab(),
    /The relay and both network stacks add 180 µs to each round trip of the plain line beyond the 40 ms that were/,
  ],
  [
    'a rate above the line is told with its reason',
    slowLab({ tests: [bandwidth({ path: 'plain', flows: [flow({ goodput_bps: 98.2e6 })] })] }),
    /TCP reached 98\.2 Mbit\/s in a test, of 95\.6 Mbit\/s that the line carries: .* A longer test \(-d\)/,
  ],
  ['an added round trip is told', labDocument(), /It adds 144 µs to the round trip/],
  ['loss of its own is told', slowLab(), /wireguard-go: .*loses 2\.00% of the datagrams/],
  [
    'a relay that lost packets of its own is told',
    slowLab({ link: refusing(400) }),
    /It lost 400 packets that the line was not asked to lose/,
  ],
  [
    'a machine that was busy anyway is told',
    labDocument({ other_busy_cores: 3.2 }),
    /Something else kept 3\.20 of 8 cores busy when the tests began/,
  ],
  ['a busy relay is told', slowLab(), /relay .* no processor time to spare/],
  ['tunnels in one run are compared', slowLab(), /winze \/ wireguard-go: TCP 1\.018, UDP 1\.000, round trip 1\.000/],
])('%s', (_what, document, words) => {
  expect(labVerdict(document).join('\n')).toMatch(words);
});

test('loss that the line was asked for is not blamed on a tunnel', () => {
  const rows = [labRow({ udp_paced_loss_ratio: 0.003 }), tunnelRow({ udp_paced_loss_ratio: 0.0102 })];
  expect(labVerdict(slowLab({ rows })).join('\n')).not.toContain('It loses');
});

test('a machine that rested, or does not tell, is not called busy', () => {
  for (const other_busy_cores of [0.4, null]) {
    expect(labVerdict(labDocument({ other_busy_cores })).join('\n')).not.toContain('Something else');
  }
});

test('a packet or two that the relay lost are not worth a word', () => {
  expect(labVerdict(slowLab({ link: refusing(2) })).join('\n')).not.toContain('was not asked to lose');
});

test('columns of which nothing was measured are left out', () => {
  const text = formatLab(enginesLab(), { color: false });
  for (const word of ['TCP  ', 'loaded', 'CPU', 'tunnel ']) expect(text).not.toContain(`  ${word}`);
  expect(formatLab(labDocument(), { color: false })).toMatch(/TCP .*CPU.* loaded .*tunnel/s);
});

test('nothing is said of figures that are not there', () => {
  const bare = { tcp_goodput_bps: null, udp_goodput_bps: null, rtt_ns: null, cpu: null, udp_paced_loss_ratio: null };
  const document = labDocument({ rows: [labRow(bare), tunnelRow(bare)], overhead: [] });
  expect(labVerdict(document)[0]).toBe('winze: not measured beside the plain line.');
  expect(labVerdict(labDocument({ rows: [] }))).toEqual([]);
});

test.each<readonly [LabEvent, string | null]>([
  [
    { tag: 'link', mode: 'namespaces', link: labDocument().link },
    'two network stacks, joined by a pair of virtual Ethernet devices (MTU 1500)',
  ],
  [
    { tag: 'link', mode: 'namespaces', link: slowLab().link },
    'two network stacks, joined by a relay between two TUN devices (MTU 1500; 100 Mbit/s, 20 ms of delay, 0.50% loss each way)',
  ],
  [{ tag: 'row', name: 'winze', mtu_bytes: 1420 }, 'up: winze, MTU 1420'],
  [{ tag: 'left-out', left_out: { what: 'wireguard', reason: 'no' } }, 'left out: wireguard: no'],
  [testEvent('plain', null), 'round 2 of 3, UDP'],
  [testEvent('plain', 5e7), 'round 2 of 3, UDP at 50 Mbit/s'],
  [testEvent('winze', null), null],
  [testEvent('winze', null, { phase: 'load', protocol: 'tcp' }), null],
  [testEvent('winze', null, { phase: 'load', test: 'latency' }), 'round trips beside TCP: winze'],
  [testEvent('plain', 5e7, { phase: 'count' }), 'counting octets on the line, UDP at 50 Mbit/s'],
])('progress: %j', (event, words) => {
  expect(labProgress(event)).toBe(words);
});

test.each<readonly [ReturnType<typeof testEvent>, string]>([
  [testEvent('plain', null), 'round 2 of 3, UDP: plain line (31 s left)'],
  [testEvent('wireguard-go', 5e7), 'round 2 of 3, UDP at 50 Mbit/s: wireguard-go (31 s left)'],
  [testEvent('winze', null, { phase: 'load', left_ns: 2e8 }), 'round trips beside TCP: winze (1 s left)'],
])('status: %j', (event, words) => {
  expect(labStatus(event)).toBe(words);
});

type LabTestEvent = Extract<LabEvent, { tag: 'test' }>;

function testEvent(row: LabRowName, rate_bps: number | null, overrides: Partial<LabTestEvent> = {}): LabTestEvent {
  const what = { phase: 'compare', test: 'bandwidth', protocol: 'udp' } as const;
  return { tag: 'test', ...what, round: 2, rounds: 3, row, rate_bps, left_ns: 31e9, ...overrides };
}

function refusing(packets: number): LabLink {
  const { link } = slowLab();
  return { ...link, relay: link.relay && { ...link.relay, packets_refused: packets } };
}
