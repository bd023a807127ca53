import { describe, expect, test } from 'vitest';
import type { FlowResult, LimitedBy } from '../../../../src/core/shapes/flow.ts';
import type { LinkFacts, WirelessFacts } from '../../../../src/core/shapes/host-details.ts';
import type { PathResult } from '../../../../src/core/shapes/result.ts';
import { withWirelessLimits } from '../../../../src/measure/limits/wireless-limit.ts';
import { bandwidthOf, flowOf, latencyOf, NO_TCP, pathOf } from '../../../support/results.ts';

const SLOW: WirelessFacts = { signal_dbm: -78, channel: 6, band_ghz: 2.4, tx_rate_bps: 24e6, rx_rate_bps: 36e6 };
const wireless = (change: Partial<WirelessFacts> = {}): LinkFacts => ({
  medium: 'wireless',
  driver: 'iwlwifi',
  duplex: null,
  speed_bps: null,
  wireless: { ...SLOW, ...change },
});
const WIRED: LinkFacts = { medium: 'wired', driver: 'e1000e', duplex: 'full', speed_bps: 1e9, wireless: null };
const VIRTUAL: LinkFacts = { ...WIRED, medium: 'virtual', driver: null };

const end = (device: string, link: LinkFacts | null): PathResult['client'] => ({
  ...pathOf({ name: 'a' }).client,
  device,
  link,
});
const line = (client: LinkFacts | null, server: LinkFacts | null = null): PathResult =>
  pathOf({ name: 'line', role: 'baseline', client: end('wlan0', client), server: end('eth0', server) });
const tunnel = (client: LinkFacts | null): PathResult => pathOf({ name: 'tunnel', client: end('wg0', client) });

interface Case {
  readonly cause?: LimitedBy['cause'];
  readonly flow?: Partial<FlowResult>;
  readonly path?: string;
}

function limitOf(paths: readonly PathResult[], { cause = 'unknown', flow = {}, path = 'line' }: Case): LimitedBy {
  const only = flowOf({ goodput_bps: 13e6, ...flow });
  const limit = { cause, direction: only.direction, evidence: 'as before' };
  const [test] = withWirelessLimits([bandwidthOf({ path, flows: [only], limited_by: [limit] })], paths);
  const found = test?.test === 'bandwidth' ? test.limited_by[0] : undefined;
  if (!found) throw new Error('no limit');
  return found;
}

describe('withWirelessLimits()', () => {
  test('says signal, rate and what to do', () => {
    expect(limitOf([line(wireless())], {})).toEqual({
      cause: 'wireless-link',
      direction: 'upload',
      evidence:
        '-78 dBm, 24 Mbit/s (wlan0 of the client, channel 6 at 2.4 GHz): the goodput is 54.2% of that rate, and IEEE 802.11 leaves little more for payload; the signal is weak: go nearer to the access point, or use a cable',
    });
  });

  const good = { signal_dbm: -50 };
  const download = { direction: 'download', sender: 'server', receiver: 'client' } as const;
  const waiting = { ...NO_TCP, receive_window_limited_ratio: 0.3 };
  // What is special, the paths, the case, whether the wireless link is named.
  const rows: readonly (readonly [string, readonly PathResult[], Case, boolean])[] = [
    ['a full one with a good signal', [line(wireless(good))], {}, true],
    ['one at 49 % with a good signal', [line(wireless(good))], { flow: { goodput_bps: 11.76e6 } }, false],
    ['one at 50 % with a good signal', [line(wireless(good))], { flow: { goodput_bps: 12e6 } }, true],
    ['a weak one at 25 %', [line(wireless())], { flow: { goodput_bps: 6e6 } }, true],
    ['a weak one at 24 %', [line(wireless())], { flow: { goodput_bps: 5.76e6 } }, false],
    ['one at -75 dBm', [line(wireless({ signal_dbm: -75 }))], { flow: { goodput_bps: 6e6 } }, true],
    ['one at -74 dBm', [line(wireless({ signal_dbm: -74 }))], { flow: { goodput_bps: 6e6 } }, false],
    ['a weak one without a rate', [line(wireless({ tx_rate_bps: null }))], {}, true],
    ['a good one without a rate', [line(wireless({ ...good, tx_rate_bps: null }))], {}, false],
    ['one of which nothing is known', [line(wireless({ signal_dbm: null, tx_rate_bps: null }))], {}, false],
    ['a rate that is not that of the test', [line(wireless(good))], { flow: { goodput_bps: 25e6 } }, false],
    [
      'what it receives, by the other rate',
      [line(wireless(good))],
      { flow: { ...download, goodput_bps: 17e6 } },
      false,
    ],
    ['what it receives, full', [line(wireless(good))], { flow: { ...download, goodput_bps: 18e6 } }, true],
    [
      'what it receives, where one rate is told',
      [line(wireless({ ...good, rx_rate_bps: null }))],
      { flow: { ...download, goodput_bps: 13e6 } },
      true,
    ],
    ['a wireless server', [line(WIRED, wireless(good))], { flow: { ...download, goodput_bps: 13e6 } }, true],
    ['cables', [line(WIRED, WIRED)], {}, false],
    ['links that nobody told of', [line(null, null)], {}, false],
    ['a tunnel over it', [line(wireless()), tunnel(VIRTUAL)], { path: 'tunnel' }, true],
    ['a tunnel of which nothing is known', [line(wireless()), tunnel(null)], { path: 'tunnel' }, true],
    ['another path over a cable', [line(wireless()), tunnel(WIRED)], { path: 'tunnel' }, false],
    ['loss', [line(wireless())], { cause: 'loss' }, true],
    ['a shaper', [line(wireless())], { cause: 'shaper' }, true],
    ['a policer', [line(wireless())], { cause: 'policer' }, true],
    ['a rate that varies', [line(wireless())], { cause: 'varying-rate' }, true],
    ['an MTU', [line(wireless())], { cause: 'path-mtu' }, false],
    ['a congestion window', [line(wireless())], { cause: 'window' }, true],
    ['a window of the receiver', [line(wireless())], { cause: 'window', flow: { tcp: waiting } }, false],
    ['a processor', [line(wireless())], { cause: 'receiver-cpu' }, false],
    ['-b', [line(wireless())], { cause: 'pacing' }, false],
    ['a socket buffer', [line(wireless())], { cause: 'receive-buffer' }, false],
    ['nothing that arrived', [line(wireless())], { cause: 'loss', flow: { goodput_bps: 0 } }, false],
    ['no goodput', [line(wireless())], { flow: { goodput_bps: null } }, false],
  ];
  test.each(rows)('%s', (_what, paths, one, isNamed) => {
    const { cause, evidence } = limitOf(paths, one);
    expect(cause).toBe(isNamed ? 'wireless-link' : (one.cause ?? 'unknown'));
    expect(evidence === 'as before').toBe(!isNamed);
  });

  test('both directions share the air', () => {
    const flows = [flowOf({ goodput_bps: 7e6 }), flowOf({ ...download, goodput_bps: 10e6 })];
    const limited_by = flows.map(({ direction }) => ({ cause: 'unknown', direction, evidence: 'x' }) as const);
    const one = bandwidthOf({ path: 'line', direction: 'bidirectional', flows, limited_by });
    const [test] = withWirelessLimits([one], [line(wireless(good))]);
    expect(test).toMatchObject({ limited_by: [{ cause: 'wireless-link' }, { cause: 'wireless-link' }] });
  });

  test('leaves latency tests as they are', () => {
    const one = latencyOf({ path: 'line' });
    expect(withWirelessLimits([one], [line(wireless())])).toEqual([one]);
  });
});
