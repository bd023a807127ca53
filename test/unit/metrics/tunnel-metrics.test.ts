import { expect, test } from 'vitest';
import { Exposition } from '../../../src/metrics/exposition.ts';
import { addTunnelMetrics } from '../../../src/metrics/tunnel-metrics.ts';
import { OFFICE } from '../report/tunnel-samples.ts';

/** Names that a test can tell apart: the first octet of a key. */
const keyText = (key: Uint8Array): string => `key ${key[0]}`;

async function textOf(unread: readonly string[] = []): Promise<string> {
  const out = new Exposition();
  addTunnelMetrics(out, [{ device: OFFICE, keyText }], unread);
  return out.text();
}

test('each peer has its octets, its endpoint, and its handshake if there was one', async () => {
  const text = await textOf();
  for (const { publicKey, rxBytes, txBytes, lastHandshake } of OFFICE.peers) {
    const labels = `device="${OFFICE.name}",peer="${keyText(publicKey)}"`;
    expect(text).toContain(`winze_tunnel_bytes_total{${labels},direction="receive"} ${rxBytes}\n`);
    expect(text).toContain(`winze_tunnel_bytes_total{${labels},direction="transmit"} ${txBytes}\n`);
    const handshake = `winze_tunnel_last_handshake_timestamp_seconds{${labels}} `;
    if (lastHandshake) expect(text).toContain(`${handshake}${lastHandshake.seconds}`);
    else expect(text).not.toContain(handshake);
  }
  expect(OFFICE.peers.length).toBeGreaterThan(0);
});

test('a device that was not read is down', async () => {
  const text = await textOf(['wg9']);
  expect(text).toContain(`winze_tunnel_up{device="${OFFICE.name}"} 1\nwinze_tunnel_up{device="wg9"} 0\n`);
});

test('events are sums of the device and of its peers', async () => {
  const text = await textOf();
  const sums = new Map<string, number>();
  for (const counts of [OFFICE.counts, ...OFFICE.peers.map((peer) => peer.counts)]) {
    for (const [event, count] of Object.entries(counts)) sums.set(event, (sums.get(event) ?? 0) + count);
  }
  for (const [event, count] of sums) {
    expect(text).toContain(`winze_tunnel_events_total{device="${OFFICE.name}",event="${event}"} ${count}\n`);
  }
});
