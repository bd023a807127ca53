/** Lab documents with plausible figures, built by hand. */
import type { LabDocument, LabRow } from '../../../src/core/shapes/lab.ts';
import { bandwidth, baselinePath, flow, HOST, latency, overhead, times, viaPath } from './samples.ts';

export function labRow(overrides: Partial<LabRow> = {}): LabRow {
  return {
    name: 'plain',
    address: '192.0.2.2',
    mtu_bytes: 1500,
    tcp_goodput_bps: 21.3e9,
    tcp_retransmits: 12,
    tcp_congestion_control: 'cubic',
    udp_goodput_bps: 72.9e9,
    udp_loss_ratio: 0.012,
    udp_paced_rate_bps: 50e6,
    udp_paced_goodput_bps: 50e6,
    udp_paced_loss_ratio: 0,
    rtt_ns: times(120, 13, 38, 39.6, 45.8, 48, 90, 180, 180, 180),
    loaded_rtt_ns: times(240, 17, 228, 95.3, 450, 1357, 3537, 4987, 4987, 4987),
    cpu: { near_ratio: 0.81, far_ratio: 0.42, tunnel_ratio: null },
    ...overrides,
  };
}

export function tunnelRow(overrides: Partial<LabRow> = {}): LabRow {
  return labRow({
    name: 'winze',
    address: '10.77.1.2',
    mtu_bytes: 1420,
    tcp_goodput_bps: 2.13e9,
    udp_goodput_bps: 0.6e9,
    udp_loss_ratio: 0.95,
    rtt_ns: times(120, 101, 207, 183.1, 251, 270, 589, 2206, 2206, 2206),
    loaded_rtt_ns: times(239, 175, 3236, 2812, 6214, 7279, 10_592, 12_676, 12_676, 12_676),
    cpu: { near_ratio: 0.02, far_ratio: 0.09, tunnel_ratio: 1.55 },
    ...overrides,
  });
}

export function labDocument(overrides: Partial<LabDocument> = {}): LabDocument {
  const against = { baseline: 'plain', path: 'winze', rounds: 3 };
  return {
    schema: 'winze-lab/1',
    tool: { name: 'winze', version: '0.1.0' },
    started_at: '2026-05-04T10:20:30.000Z',
    title: null,
    host: HOST,
    other_busy_cores: 0.1,
    mode: 'namespaces',
    link: {
      rate_bps: null,
      delay_ns: 0,
      loss_ratio: 0,
      mtu_bytes: 1500,
      kind: 'veth',
      impaired_by: null,
      added_rtt_ns: 38_000,
      relay: null,
    },
    rows: [labRow(), tunnelRow()],
    overhead: [
      overhead({
        ...against,
        goodput_ratio: 0.1,
        goodput_ratio_ci95: [0.094, 0.107],
        ceiling_ratio: 0.957,
        efficiency_ratio: 0.104,
        added_rtt_ns: 143_500,
        wire_bytes_per_payload_byte: 1.101,
      }),
      overhead({
        ...against,
        protocol: 'udp',
        goodput_ratio: 0.008,
        goodput_ratio_ci95: null,
        ceiling_ratio: 0.96,
        efficiency_ratio: 0.0083,
        added_rtt_ns: 143_500,
        wire_bytes_per_payload_byte: null,
      }),
    ],
    left_out: [{ what: 'wireguard', reason: 'this kernel has no wireguard module (modprobe wireguard)' }],
    paths: [baselinePath({ name: 'plain' }), viaPath({ name: 'winze' })],
    tests: [bandwidth({ path: 'plain' }), latency({ path: 'winze' })],
    loaded_tests: [latency({ path: 'plain' })],
    counted_tests: [bandwidth({ path: 'winze' })],
    expectations: [],
    complete: true,
    error: null,
    ...overrides,
  };
}

/** A line of 100 Mbit/s with delay, made by the relay; the run was stopped. */
export function slowLab(overrides: Partial<LabDocument> = {}): LabDocument {
  return labDocument({
    title: 'a slow line',
    link: {
      rate_bps: 100e6,
      delay_ns: 20e6,
      loss_ratio: 0.005,
      mtu_bytes: 1500,
      kind: 'relay',
      impaired_by: 'relay',
      added_rtt_ns: 180_000,
      relay: {
        packets_carried: 134_587,
        packets_lost: 658,
        packets_queue_full: 0,
        packets_refused: 0,
        busiest_ratio: 0.95,
      },
    },
    rows: [
      labRow({ tcp_goodput_bps: 95.5e6 }),
      tunnelRow({ tcp_goodput_bps: 91.6e6 }),
      tunnelRow({ name: 'wireguard-go', address: '10.77.2.2', tcp_goodput_bps: 90e6, udp_paced_loss_ratio: 0.02 }),
    ],
    overhead: [
      overhead({
        baseline: 'plain',
        path: 'winze',
        goodput_ratio: 0.959,
        ceiling_ratio: 0.957,
        efficiency_ratio: 1.002,
      }),
      overhead({
        baseline: 'plain',
        path: 'wireguard-go',
        goodput_ratio: 0.8,
        goodput_ratio_ci95: [0.79, 0.82],
        ceiling_ratio: 0.957,
        efficiency_ratio: 0.836,
      }),
    ],
    tests: [bandwidth({ path: 'plain', flows: [flow({ goodput_bps: 95.5e6 })] }), latency({ path: 'winze' })],
    expectations: [{ expression: 'via.goodput>=50M', measured: 90e6, met: true }],
    complete: false,
    error: { code: 'ERR_ABORTED', message: 'stopped by SIGINT' },
    ...overrides,
  });
}

/** Where there are no namespaces: little could be measured. */
export function enginesLab(): LabDocument {
  const none = { tcp_goodput_bps: null, tcp_retransmits: null, loaded_rtt_ns: null, cpu: null };
  return labDocument({
    mode: 'engines',
    link: { ...labDocument().link, kind: 'loopback' },
    rows: [labRow({ ...none, address: '127.0.0.1' }), tunnelRow({ ...none, address: '127.0.0.1' })],
    overhead: [
      overhead({
        baseline: 'plain',
        path: 'winze',
        protocol: 'udp',
        goodput_ratio: 0.4,
        ceiling_ratio: null,
        efficiency_ratio: null,
      }),
    ],
    left_out: [{ what: 'TCP, wireguard-go, wireguard', reason: 'user namespaces are switched off' }],
    paths: [],
    tests: [],
    loaded_tests: [],
    counted_tests: [],
  });
}
