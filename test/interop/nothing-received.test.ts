/**
 * Tests whose packets a filter drops where they arrive, while the control connection lives.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TestResult } from '../../src/core/shapes/result.ts';
import type { Side } from './support/lab.ts';
import { Network } from './support/network.ts';
import { missingPeers } from './support/peers.ts';
import { documentOf, Winze } from './support/winze.ts';

const FAR = '192.0.2.2';
const OTHER = '192.0.2.3';

const skipped = missingPeers(['ip', 'nft']);

describe.skipIf(skipped)('nothing received', () => {
  const network = new Network<Side>('near', 'far');
  const winze = new Winze(network);

  beforeAll(async () => {
    network.create();
    network.join({ host: 'near', device: 'veth0' }, { host: 'far', device: 'veth0' });
    network.address('near', 'veth0', '192.0.2.1/24');
    network.address('far', 'veth0', `${FAR}/24`, `${OTHER}/24`);
    await winze.serve();
  });
  afterEach(() => {
    for (const side of ['near', 'far'] as const) network.run(side, ['nft', 'flush', 'ruleset']);
  });
  afterAll(() => network.destroy());

  /** Drops at the end where the packets arrive: a drop at the sender would be an error to it. */
  function drop(side: Side, match: string): void {
    network.run(side, ['nft', 'add', 'table', 'inet', 'w']);
    network.run(side, ['nft', 'add chain inet w in { type filter hook input priority 0 ; }']);
    network.run(side, ['nft', `add rule inet w in ${match} drop`]);
  }

  /** UDP of a length that only payload and probes have; the handshake of a stream is shorter. */
  const UDP_DATA = 'udp length > 200';
  /** The payload of a TCP test is in full segments; what controls it is smaller. */
  const TCP_DATA = 'meta l4proto tcp meta length > 1200';

  test.each([
    ['UDP upload', 'far', UDP_DATA, ['-p', 'udp', '-b', '10M']],
    ['UDP upload as fast as it goes', 'far', UDP_DATA, ['-p', 'udp']],
    ['UDP download', 'near', UDP_DATA, ['-p', 'udp', '-b', '10M', '-r']],
    ['UDP both ways', 'far', UDP_DATA, ['-p', 'udp', '-b', '10M', '--bidir']],
    ['UDP by octets', 'far', UDP_DATA, ['-p', 'udp', '-b', '10M', '--bytes', '100K', '-n', '3']],
    ['TCP upload', 'far', TCP_DATA, []],
    ['TCP download', 'near', TCP_DATA, ['-r']],
    ['portable UDP upload', 'far', UDP_DATA, ['-p', 'udp', '-b', '10M', '--engine', 'portable']],
  ] as const)('%s: 0, said, exit 6', async (name, side, match, options) => {
    drop(side, match);
    const timed = options.some((option) => option === '--bytes') ? [] : ['-d', '1s'];
    const run = await winze.client('-c', FAR, ...timed, ...options, '--expect', 'goodput>1M');
    const document = documentOf(run);
    const [result] = document.tests;
    if (result?.test !== 'bandwidth') throw new Error(`no bandwidth test: ${run.stderr}`);
    const silent = result.flows.find((flow) => flow.receiver === (side === 'far' ? 'server' : 'client'));
    console.info(`${name}: ${result.error?.message}; ${result.limited_by[0]?.evidence}`);
    expect(run.status).toBe(6);
    expect(run.stderr).toMatch(/(?:none of the \d+ datagrams .*|nothing of the .*) sent arrived at the/);
    expect([document.complete, document.error?.code]).toEqual([false, 'ERR_NOTHING_RECEIVED']);
    expect([result.complete, result.error?.code]).toEqual([false, 'ERR_NOTHING_RECEIVED']);
    expect(silent).toMatchObject({ goodput_bps: 0, bytes_received: 0 });
    expect(silent?.bytes_sent).toBeGreaterThan(0);
    expect(silent?.streams.map((stream) => stream.goodput_bps)).toEqual(silent?.streams.map(() => 0));
    if (result.protocol === 'udp') expect(silent?.loss_ratio).toBe(1);
    const [limited] = result.limited_by;
    // Datagrams as large as what is dropped do pass beside TCP.
    const evidence = match === TCP_DATA ? /datagrams of 1500 B do, so look for a filter of TCP/ : /arrived|passed/;
    expect(limited).toMatchObject({ cause: 'loss', evidence: expect.stringMatching(evidence) });
    expect(document.expectations).toEqual([{ expression: 'goodput>1M', measured: 0, met: false }]);
    // The other direction is a result all the same.
    for (const flow of result.flows) if (flow !== silent) expect(flow.goodput_bps).toBeGreaterThan(9e6);
  });

  test.each([
    ['UDP probes', 'far', UDP_DATA],
    ['UDP answers', 'near', UDP_DATA],
  ] as const)('%s: loss of 1 and no round trip, exit 6', async (_name, side, match) => {
    drop(side, match);
    const run = await winze.client('-c', FAR, '-t', 'l', '-l', '400', '-d', '500ms');
    const [result] = documentOf(run).tests as readonly [TestResult];
    expect([run.status, result.complete, result.error?.code]).toEqual([6, false, 'ERR_NOTHING_RECEIVED']);
    const lost =
      side === 'far' ? { packets_lost_up: 50, packets_lost_down: 0 } : { packets_lost_up: 0, packets_lost_down: 50 };
    expect(result).toMatchObject({ packets_sent: 50, packets_received: 0, loss_ratio: 1, ...lost });
    expect(result).toMatchObject({ rtt_ns: { n: 0, p50: null, max: null }, jitter_rfc3550_ns: null });
  });

  test('its summary begins with it', async () => {
    drop('far', UDP_DATA);
    const shown = await winze.begin('near', '-c', FAR, '-p', 'udp', '-b', '1M', '-d', '500ms', '-q').end();
    expect(shown.status).toBe(6);
    expect(shown.stdout.split('\n').slice(0, 2).join('')).toMatch(
      /^no result: ERR_NOTHING_RECEIVED: upload: none of the \d+ datagrams .* arrived at the server/,
    );
  });

  test('of two paths the silent one has a ratio of 0, and the other its figures', async () => {
    drop('far', `ip daddr ${OTHER} ${UDP_DATA}`);
    const run = await winze.client('-c', FAR, '--via', OTHER, '-p', 'udp', '-b', '10M', '-d', '500ms', '--rounds', '3');
    const { tests, overhead, error } = documentOf(run);
    const silent = tests.filter((one) => !one.complete).map((one) => [one.test, one.path]);
    expect([run.status, silent]).toEqual([6, Array(3).fill(['bandwidth', OTHER])]);
    expect(error?.message).toMatch(new RegExp(`^${OTHER.replaceAll('.', '\\.')}: upload: none of the `));
    expect(overhead[0]).toMatchObject({ goodput_ratio: 0, rounds: 3, loss_ratio_added: 1, cpu_per_gbit_ratio: null });
    expect(overhead[0]?.wire_bytes_per_payload_byte).toBeNull();
  });
});
