/**
 * `--during` through wireguard-go: what the captures of both ends tell is what the ends of the test measured.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestCapture } from '../../src/core/shapes/test-capture.ts';
import { Lab } from './support/lab.ts';
import { missingPeers } from './support/peers.ts';
import { bandwidthOf, overheadOf, type Run, Winze } from './support/winze.ts';

const LINE = '192.0.2.2';
const TUNNEL = '10.0.0.2';
const ETHERNET_BYTES = 14;
const BYTES = 8 * 2 ** 20;

const skipped = missingPeers(['ip', 'ethtool', 'nft', 'ping', 'wireguard-go', 'wg', 'tcpdump']);

describe.skipIf(skipped)('captures during a comparison', () => {
  const lab = new Lab();
  const winze = new Winze(lab);
  const drop = (side: 'near' | 'far', on: boolean): void => {
    // Before the device, so that the capture of this side does not have them either. Of this length are the test's
    // datagrams alone: 1372 octets in 28 of UDP and IPv4, padded to 1408, in 60 outside.
    const rule =
      'add table ip t; add chain ip t c { type filter hook postrouting priority 0; }; ' +
      'add rule ip t c udp dport 51820 ip length 1468 numgen inc mod 10 == 0 counter drop';
    lab.run(side, ['nft', on ? rule : 'flush ruleset']);
  };

  beforeAll(async () => {
    await lab.create();
    lab.offloads(false);
  });
  afterAll(() => lab.destroy());

  function captures(run: Run): readonly (TestCapture | null)[] {
    expect(run.status, run.stderr).toBe(0);
    expect(bandwidthOf(run, LINE).map(({ capture }) => capture)).toEqual([null, null, null]);
    return bandwidthOf(run, TUNNEL).map(({ capture }) => capture);
  }

  test('loss of both directions: exactly the datagrams that the receiver missed', async () => {
    const server = await winze.serve('--allow-capture');
    for (const [side, name, options] of [
      ['near', 'up', []],
      ['far', 'down', ['-r']],
    ] as const) {
      drop(side, true);
      const run = await winze.client(
        ...['-c', LINE, '--via', TUNNEL, '--during', '-p', 'udp', '-t', 'b', '-b', '20M', '-d', '1s', ...options],
      );
      drop(side, false);
      for (const [i, capture] of captures(run).entries()) {
        const flow = bandwidthOf(run, TUNNEL)[i]?.flows[0];
        console.info(`${name}: ${flow?.packets_lost} of ${flow?.packets_sent} lost`, capture?.[name]);
        expect(capture?.notes).toEqual([]);
        expect(capture?.client).toMatchObject({ reason: null, device: 'veth0', kernel_drops: 0 });
        expect(capture?.server).toMatchObject({ reason: null, device: 'veth0', kernel_drops: 0 });
        expect(flow?.packets_lost).toBeGreaterThan(50);
        expect(capture?.[name]).toMatchObject({
          lost: flow?.packets_lost,
          lost_at_sender: flow?.packets_lost,
          lost_on_path: 0,
        });
        expect(capture?.[name === 'up' ? 'down' : 'up'].lost).toBe(0);
      }
    }
    // Whoever runs the server sees that packets are captured on it.
    await server.says(/packets of its tunnel are captured on veth0/);
    await server.stop('SIGINT');
  });

  test('octets: what the counters of the device state; a server that does not allow it is no failure', async () => {
    const server = await winze.serve();
    const run = await winze.client('-c', LINE, '--via', TUNNEL, '--during', '-t', 'b', '--bytes', String(BYTES));
    const stated = overheadOf(run).wire_bytes_per_payload_byte ?? Number.NaN;
    for (const capture of captures(run)) {
      const { messages_sent: sent, outer_bytes_per_payload_byte: outer, lost } = capture?.up ?? {};
      const ratio = (outer ?? Number.NaN) + ((sent ?? Number.NaN) * ETHERNET_BYTES) / BYTES;
      console.info(`wire octets a payload octet: counters ${stated.toFixed(4)}, capture ${ratio.toFixed(4)}`);
      expect(stated / ratio).toBeGreaterThan(0.99);
      expect(stated / ratio).toBeLessThan(1.01);
      expect(capture?.client.kernel_drops).toBe(0);
      expect(lost).toBeNull();
      expect(capture?.server).toEqual({ reason: 'not-allowed', device: null, kernel_drops: null });
      expect(capture?.notes).toEqual([expect.stringMatching(/^no capture at the server: .*--allow-capture/)]);
      // 60 octets around each packet; full ones of 1420 are most of them, answers of 52 are padded to 64.
      const { min, max } = capture?.up.outer_bytes_per_inner_byte ?? {};
      expect(min).toBeGreaterThan(1.04);
      expect(max).toBeLessThan(1.05);
      // What the client misses, its own capture tells.
      expect(capture?.down.lost).toBe(0);
    }
    const shown = await winze
      .begin('near', '-c', LINE, '--via', TUNNEL, '--during', '-t', 'b', '--bytes', '1M', '-q')
      .end();
    expect(shown.status, shown.stderr).toBe(0);
    expect(shown.stdout).toContain('--allow-capture');
    await server.stop('SIGINT');
  });

  test('with offload a capture shows trains of messages: none of them passes for loss', async () => {
    const server = await winze.serve('--allow-capture');
    lab.offloads(true);
    const run = await winze.client('-c', LINE, '--via', TUNNEL, '--during', '-t', 'b', '--bytes', String(BYTES));
    lab.offloads(false);
    for (const capture of captures(run)) {
      console.info(capture?.up, capture?.down, capture?.notes);
      expect(capture?.notes).toEqual([]);
      // Full segments of 1368 octets, and some that are less.
      expect(capture?.up.messages_sent).toBeGreaterThan(BYTES / 1368);
      for (const way of [capture?.up, capture?.down]) expect(way).toMatchObject({ lost: 0, lost_at_sender: 0 });
    }
    await server.stop('SIGINT');
  });
});
