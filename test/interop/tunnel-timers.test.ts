/**
 * What takes its time between winze and another implementation, in real time and all of it together: how long keys last,
 * how often is tried again, what tells of silence, and who finds out that the other end has forgotten everything.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Capture, type Frame, udpPayloadOf } from './support/capture.ts';
import { until } from './support/commands.ts';
import { leftOutWith, PAIRS, PEER, SLOWER } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { BEHIND_ROUTER, type Ends, endpointOf, inLab, OUTER, type TunnelLab } from './support/tunnel-lab.ts';

leftOutWith('kernel', 'a clock of the kernel that was set back', 'it takes long, and shows what winze does');
const skipped = missingPeers(['ip', 'nft', 'ping', PEER, 'wg', 'tcpdump']);

/** Other tests of this file are at work meanwhile. */
const PATIENCE_MS = 60_000 * SLOWER;
/** By how much a packet may leave later than its timer. */
const LATE_SECONDS = 1.5 * SLOWER;

describe.skipIf(skipped).concurrent.each(PAIRS)('$near and $far', (ends) => {
  test('keys are replaced after 120 s by the end that began, and no packet is lost', () =>
    inLabOf(ends, async (lab) => {
      const handshakes = await Capture.begin(lab.network, 'near', 'veth0', 'udp port 51820 and udp[8] < 4');
      const { near, far, inside } = await lab.tunnel({ ends, presharedKey: true });
      await lab.reach('near', inside.far[4]);
      const first = near.peer().latestHandshake;
      // At least 132 s. A deadline would end it before the last answer.
      const pinging = lab.network.start('near', ['ping', '-q', '-i', '0.2', '-c', '660', inside.far[4]]);
      const { stdout } = await pinging.end();
      expect(stdout).toMatch(/(\d+) packets transmitted, \1 received, 0% packet loss/);
      for (const end of [near, far]) {
        expect(end.peer().latestHandshake - first).toBeGreaterThanOrEqual(119);
        expect(end.peer().latestHandshake - first).toBeLessThanOrEqual(126);
      }
      const frames = await handshakes.end();
      expect(frames.map(messageOf)).toEqual(['near 1', 'far 2', 'near 1', 'far 2']);
    }));

  test('an end whose peer has gone tries again every 5 s', () =>
    inLabOf(ends, async (lab) => {
      const { near, far, inside } = await lab.tunnel({ ends });
      await far.down();
      const capture = await Capture.begin(lab.network, 'near', 'veth0', 'udp dst port 51820 and udp[8] = 1');
      const pinging = lab.network.start('near', ['ping', '-i', '0.5', inside.far[4]]);
      await sleep(18_000);
      await pinging.stop();
      await near.down();
      const times = (await capture.end()).map(({ atNs }) => atNs / 1e9);
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(gaps.length).toBeGreaterThanOrEqual(3);
      // As the line saw them: each may have left a little later than its timer.
      expect(Math.min(...gaps)).toBeGreaterThan(4);
      expect(Math.max(...gaps)).toBeLessThan(5 + LATE_SECONDS);
      expect(gaps.reduce((sum, gap) => sum + gap) / gaps.length).toBeGreaterThan(4.8);
    }));

  test('an end that only receives says after 10 s that it is there, so nobody begins anew', () =>
    inLabOf(ends, async (lab) => {
      const { inside } = await lab.tunnel({ ends });
      await lab.reach('near', inside.far[4]);
      lab.network.run('far', ['sysctl', '-qw', 'net.ipv4.icmp_echo_ignore_all=1']);
      const capture = await Capture.begin(lab.network, 'near', 'veth0', 'udp port 51820');
      expect(lab.pingInVain('near', inside.far[4])).toBe(0);
      await sleep(18_000);
      // On a busy machine, near has said by now that the answer of before came.
      const ofBefore = (frame: Frame): boolean => messageOf(frame) === 'near 4' && udpPayloadOf(frame).length === 32;
      const frames = (await capture.end()).filter((frame) => !ofBefore(frame));
      expect(frames.map(messageOf)).toEqual(['near 4', 'far 4']);
      const [data, keepalive] = frames;
      expect(keepalive && udpPayloadOf(keepalive)).toHaveLength(32);
      const seconds = ((keepalive?.atNs ?? 0) - (data?.atNs ?? 0)) / 1e9;
      expect(seconds).toBeGreaterThan(9.9);
      expect(seconds).toBeLessThan(10 + LATE_SECONDS);
    }));

  test('the tunnel goes on after either end was started anew', () =>
    inLabOf(ends, async (lab) => {
      const { near, far, inside } = await lab.tunnel({ ends, presharedKey: true });
      await lab.reach('near', inside.far[4]);
      await near.down('SIGTERM');
      await near.up();
      await lab.reach('near', inside.far[4], PATIENCE_MS);
      await far.down('SIGKILL');
      await far.up();
      // Only the end that was started anew knows at once; the other one finds out after 15 s of silence.
      const before = Date.now();
      await lab.reach('near', inside.far[4], PATIENCE_MS);
      console.info(`${ends.near} noticed after ${seconds(before)} s that ${ends.far} had forgotten it`);
      await far.down();
      await far.up();
      await lab.reach('far', inside.near[6], PATIENCE_MS);
    }));

  test('the tunnel outlives a line that is away for a while', () =>
    inLabOf(ends, async (lab) => {
      const { inside } = await lab.tunnel({ ends });
      await lab.reach('near', inside.far[4]);
      lab.network.run('near', ['ip', 'link', 'set', 'veth0', 'down']);
      expect(lab.pingInVain('near', inside.far[4])).toBe(0);
      lab.network.run('near', ['ip', 'link', 'set', 'veth0', 'up']);
      await lab.reach('near', inside.far[4], PATIENCE_MS);
    }));

  test('an end behind a router that translates addresses stays reachable by its keepalives', () =>
    inLab(
      async (lab) => {
        const { network } = lab;
        for (const time of ['timeout', 'timeout_stream']) {
          network.run('router', ['sysctl', '-qw', `net.netfilter.nf_conntrack_udp_${time}=2`]);
        }
        network.run('router', ['nft', 'add', 'table', 'ip', 'nat']);
        network.run('router', ['nft', 'add chain ip nat out { type nat hook postrouting priority 100; }']);
        network.run('router', ['nft', 'add', 'rule ip nat out oifname far0 udp dport 51820 masquerade']);
        const { near, far, inside } = await lab.tunnel({ ends, outer: BEHIND_ROUTER, keepaliveSeconds: 1 });
        const isKnown = (): boolean => far.peer().endpoint.startsWith(`${BEHIND_ROUTER.near}:`);
        await until('far knows the router', isKnown, PATIENCE_MS);
        expect(lab.ping('near', inside.far[4])).toBe(3);
        expect(lab.ping('far', inside.near[6])).toBe(3);
        const { rx } = far.peer();
        // Longer than the router remembers a flow in which nothing happens.
        await sleep(4000);
        expect(far.peer().rx).toBeGreaterThanOrEqual(rx + 3 * 32);
        expect(lab.ping('far', inside.near[4], 1)).toBe(1);
        near.set('peer', far.publicKey, 'persistent-keepalive', 'off');
        await sleep(4000);
        expect(lab.pingInVain('far', inside.near[4])).toBe(0);
        expect(lab.ping('near', inside.far[4])).toBe(3);
      },
      { router: true, ends },
    ));

  const clockTest = test.skipIf(ends.near === 'kernel');
  /** The end is winze with a clock that is an hour ahead, before it is started anew as what it is in the pair. */
  clockTest('an end whose clock was set back is not believed, until the other end begins or forgets', () =>
    inLabOf(ends, async (lab) => {
      const {
        near: ahead,
        far,
        inside,
      } = await lab.tunnel({
        ends: { near: 'winze', far: ends.far },
        environment: [`NODE_OPTIONS=--import=${CLOCK_AHEAD}`],
        keepaliveSeconds: 1,
      });
      await lab.reach('near', inside.far[4]);
      // A keepalive later, far has no answer to wait for, after which it would begin.
      await sleep(3000);
      await ahead.down();
      const { privateKey } = ahead;
      const near = lab.end('near', ends.near, { number: 0, port: 51820, privateKey });
      const allowedIps = [`${inside.far[4]}/32`, `${inside.far[6]}/128`];
      const peer = { publicKey: far.publicKey, allowedIps, endpoint: endpointOf(OUTER[4].far, 51820) };
      await near.up([peer]);
      for (let i = 0; i < 7; i++, await sleep(500)) expect(lab.pingInVain('near', inside.far[4])).toBe(0);
      expect(near.peer().tx).toBeGreaterThanOrEqual(148);
      expect(near.peer()).toMatchObject({ latestHandshake: 0, rx: 0 });
      if (ends.far === 'winze') await far.says(/dropped \(old-timestamp\)/);
      // What far sends has 15 s to be answered, then far begins.
      const pinging = lab.network.start('far', ['ping', '-i', '0.5', inside.near[4]]);
      await until('far begins', () => near.peer().latestHandshake > 0, PATIENCE_MS);
      await pinging.stop();
      await lab.reach('near', inside.far[4]);
      await near.down();
      far.set('peer', near.publicKey, 'remove');
      far.set('peer', near.publicKey, 'allowed-ips', `${inside.near[4]}/32,${inside.near[6]}/128`);
      await near.up([peer]);
      await lab.reach('near', inside.far[4], PATIENCE_MS);
    }),
  );
});

function inLabOf(ends: Ends, use: (lab: TunnelLab) => Promise<void>): Promise<void> {
  return inLab(use, { ends });
}

/** Which end sent which type of message, over IPv4. */
function messageOf(frame: Frame): string {
  const side = frame.octets[29] === 1 ? 'near' : 'far';
  return `${side} ${udpPayloadOf(frame)[0]}`;
}

const seconds = (since: number): string => ((Date.now() - since) / 1000).toFixed(1);

/** Sets the clock of a Node process, of all its threads, an hour ahead: CLOCK_REALTIME has no namespaces. */
const CLOCK_AHEAD = `data:text/javascript,${encodeURIComponent('const n=Date.now;Date.now=()=>n()+36e5')}`;
