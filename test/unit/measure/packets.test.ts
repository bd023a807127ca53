import { describe, expect, test } from 'vitest';
import { bundleWarning, ipPacketBytes, packetFacts, packetsPerCpuSecond } from '../../../src/measure/packets.ts';
import { completeSpec } from '../../../src/measure/test-defaults.ts';
import { cpu, spec, udpFlow } from '../report/samples.ts';

describe('ipPacketBytes()', () => {
  test.each([
    ['udp', 4, 36, 64],
    ['udp', 6, 36, 84],
    ['tcp', 4, 12, 64],
    ['tcp', 6, 12, 84],
    // A full datagram and a full segment with timestamps on Ethernet.
    ['udp', 4, 1472, 1500],
    ['tcp', 6, 1428, 1500],
  ] as const)('%s over IPv%i with %i bytes', (protocol, family, payload, size) => {
    expect(ipPacketBytes(protocol, family, payload)).toBe(size);
  });

  test.each(['udp', 'tcp'] as const)(
    'the default length of a test over %s is an IPv4 packet of 64 bytes',
    (protocol) => {
      const { length_bytes, test: kind, no_delay } = completeSpec({ figure: 'packets', protocol });
      expect([ipPacketBytes(protocol, 4, length_bytes), kind, no_delay]).toEqual([64, 'bandwidth', true]);
    },
  );
});

test('a test of packets is over UDP unless told otherwise', () => {
  expect(completeSpec({ figure: 'packets' }).protocol).toBe('udp');
});

describe('packetsPerCpuSecond()', () => {
  const up = udpFlow({ packets_per_s: 900_000, sent_packets_per_s: 1_000_000 });
  const down = udpFlow({
    direction: 'download',
    sender: 'server',
    receiver: 'client',
    packets_per_s: 100_000,
    sent_packets_per_s: 300_000,
  });
  const half = cpu({ user_ratio: 0.1, system_ratio: 0.4 });

  test('counts at each end what that end sent and received', () => {
    expect(packetsPerCpuSecond('client', [up, down], half)).toBeCloseTo(2_200_000);
    expect(packetsPerCpuSecond('server', [up, down], half)).toBeCloseTo(2_400_000);
  });

  test('is null without the count or the processor time of that end', () => {
    expect(packetsPerCpuSecond('server', [udpFlow({ packets_per_s: null })], half)).toBeNull();
    expect(packetsPerCpuSecond('client', [up], null)).toBeNull();
    expect(packetsPerCpuSecond('client', [up], cpu({ user_ratio: null }))).toBeNull();
    expect(packetsPerCpuSecond('client', [up], cpu({ user_ratio: 0, system_ratio: 0 }))).toBeNull();
  });

  test('belongs to tests of packets only', () => {
    const ends = { client: half, server: null };
    expect(packetFacts({ config: spec(), flows: [up], cpu: ends }, 4)).toEqual({
      ip_packet_bytes: null,
      packets_per_cpu_s: null,
    });
    const config = spec({ figure: 'packets', protocol: 'udp', length_bytes: 28 });
    expect(packetFacts({ config, flows: [up], cpu: ends }, 6)).toEqual({
      ip_packet_bytes: 76,
      packets_per_cpu_s: { client: 2_000_000, server: null },
    });
  });
});

describe('bundleWarning()', () => {
  const config = spec({ figure: 'packets', protocol: 'udp' });
  const wire = { device: 'lo', tx_bytes: 0, rx_bytes: 0, tx_packets: 1000, rx_packets: 500 };
  const flows = [udpFlow({ packets_sent: 64_000, packets_received: 63_000 })];

  test('says that a device counted fewer packets than there were datagrams', () => {
    expect(bundleWarning({ config, flows, wire })).toEqual([
      'upload: lo counted 1000 packets for 64000 datagrams: they crossed it in bundles, which a line does not carry',
    ]);
    const down = [udpFlow({ direction: 'download', packets_received: 63_000 })];
    expect(bundleWarning({ config, flows: down, wire })[0]).toContain('counted 500 packets for 63000 datagrams');
  });

  test('is for tests of packets of which the device counted one direction', () => {
    expect(bundleWarning({ config, flows, wire: { ...wire, tx_packets: 64_100 } })).toEqual([]);
    expect(bundleWarning({ config, flows, wire: null })).toEqual([]);
    expect(bundleWarning({ config: spec({ protocol: 'udp' }), flows, wire })).toEqual([]);
    expect(bundleWarning({ config, flows: [...flows, ...flows], wire })).toEqual([]);
  });
});
