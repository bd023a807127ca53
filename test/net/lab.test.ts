/** `winze lab` where there are no namespaces: nothing but Node, and no privilege. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import type { LabDocument } from '../../src/core/shapes/lab.ts';
import { ROOT, winze } from './harness.ts';

const schema = (name: string): object => JSON.parse(readFileSync(join(ROOT, 'schema', name), 'utf8'));
const valid = new Ajv2020({ strictTypes: false })
  .addSchema(schema('result-1.schema.json'))
  .compile(schema('lab-1.schema.json'));

/** Runs the lab with a PATH on which there is no unshare. */
async function labWithoutNamespaces(...options: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'winze-empty-'));
  try {
    const argv = ['lab', '--json', '-d', '100ms', ...options];
    const { status, stdout, stderr } = await winze(argv, 60_000, { PATH: folder }).ended;
    const document: LabDocument = JSON.parse(stdout);
    expect(valid(document), JSON.stringify(valid.errors)).toBe(true);
    return { status, stderr, document };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('without namespaces the tunnel engine carries UDP, and what is left out is told with its reason', async () => {
  const { status, stderr, document } = await labWithoutNamespaces();
  expect([status, document.mode, document.complete]).toEqual([0, 'engines', true]);
  expect(stderr).toMatch(/left out: TCP, .*(unshare|Linux)/);
  expect(document.left_out[0]?.reason).toMatch(/unshare|Linux/);
  const [plain, tunnel] = document.rows;
  for (const row of [plain, tunnel]) {
    expect(row?.tcp_goodput_bps).toBeNull();
    expect(row?.udp_goodput_bps).toBeGreaterThan(1e6);
    // 50 Mbit/s for a tenth of a second: 449 datagrams, give or take a scheduler.
    expect(row?.udp_paced_goodput_bps).toBeGreaterThan(25e6);
    expect(row?.rtt_ns?.n).toBeGreaterThan(10);
  }
  expect(tunnel).toMatchObject({ name: 'winze', mtu_bytes: 1420 });
  expect(document.overhead).toMatchObject([{ path: 'winze', protocol: 'udp', rounds: 3 }]);
  // A datagram of 1392 is a packet of 1420, which the tunnel carries in 1480; Ethernet adds 38 to either.
  expect(document.overhead[0]?.ceiling_ratio).toBeCloseTo(1458 / 1518, 9);
});

test('a line with delay and loss is one there too', async () => {
  const { document } = await labWithoutNamespaces('--delay', '10ms', '--loss', '10%', '--rate', '20M');
  for (const row of document.rows) {
    expect(row.rtt_ns?.min).toBeGreaterThanOrEqual(20e6);
    expect(row.udp_goodput_bps).toBeLessThan(20e6);
  }
  const { relay } = document.link;
  if (relay === null) throw new Error('the line has no counts');
  const through = relay.packets_carried + relay.packets_queue_full;
  expect(relay.packets_lost / (relay.packets_lost + through)).toBeCloseTo(0.1, 1);
});
