/**
 * What holds a test back, staged with the means of the kernel, one cause at a time, and named by `limited_by`.
 *
 * The table is the list of docs/measuring.md: whoever stages a cause knows it, and winze has to find it out.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LimitedBy } from '../../src/core/shapes/flow.ts';
import type { BandwidthResult, TestResult } from '../../src/core/shapes/result.ts';
import type { Running } from './support/commands.ts';
import { missingPeers } from './support/peers.ts';
import { FAR, hasTwoProcessors, StagedPath } from './support/staged-path.ts';

type Cause = LimitedBy['cause'];

type Staging = (path: StagedPath) => Promise<Placed | null> | Placed | null;

interface Stage {
  /** Sets the cause up; `null` if that cannot be done here. */
  readonly stage?: Staging;
  readonly tcp?: Expected;
  readonly udp?: Expected;
}

interface Placed {
  /** What stands before the client. */
  readonly client?: readonly string[];
  /** What stands before a server of this test's own, and its options. */
  readonly server?: readonly string[];
  readonly serverOptions?: readonly string[];
  /** Called when the test has begun: to begin takes a processor, too. */
  readonly later?: () => void;
}

interface Expected {
  readonly causes: readonly Cause[];
  readonly options?: readonly string[];
  readonly evidence?: RegExp;
}

const is = (cause: Cause, evidence?: RegExp, ...options: readonly string[]): Expected => ({
  causes: [cause],
  options,
  ...(evidence && { evidence }),
});
const nothing = (act: () => void): Placed => {
  act();
  return {};
};
const LINE = ['rate', '20mbit', 'burst', '4k', 'limit'];
/** Of a host by itself, or unknown: nothing that a path does. */
const NOT_THE_PATH: readonly Cause[] = ['sender-cpu', 'receiver-cpu', 'receive-buffer', 'window', 'unknown'];
/** Three times the rate of the line. */
const FAST = ['-b', '60M'];

/** Programs that use the second processor, and only that, while the test runs. */
const beside = (path: StagedPath, placed: Placed): Placed | null =>
  hasTwoProcessors() ? { ...placed, later: path.burners(1, 2, 1800) } : null;

const lossy =
  (share: number): Staging =>
  async (path) => {
    await path.delay(10);
    path.filter(`numgen random mod 1000 < ${share * 1000} drop`);
    return {};
  };

const STAGES: Readonly<Record<string, Stage>> = {
  nothing: { tcp: { causes: NOT_THE_PATH }, udp: { causes: NOT_THE_PATH } },
  'a rate that was asked for': {
    tcp: is('pacing', /^20 Mbit\/s was asked/, '-b', '20M'),
    udp: is('pacing', /asked/, '-b', '20M'),
  },
  'a rate that the server allows': {
    stage: () => ({ server: [], serverOptions: ['--max-rate', '20M'] }),
    tcp: is('pacing', /^the server allows 20 Mbit\/s$/),
    udp: is('pacing', /^the server allows 20 Mbit\/s$/),
  },
  'a shaper with a large queue': {
    stage: (path) => nothing(() => path.shape(...LINE, '200k')),
    tcp: is('shaper'),
    udp: is('shaper', undefined, ...FAST),
  },
  'a shaper with a short queue': {
    stage: (path) => nothing(() => path.shape(...LINE, '25k')),
    tcp: is('shaper'),
    udp: is('shaper', undefined, ...FAST),
  },
  'a shaper on the own device': {
    stage: (path) => nothing(() => path.shapeNear(...LINE, '400k')),
    tcp: is('shaper'),
    udp: is('shaper'),
  },
  'a rate that varies, as by radio': {
    stage: (path) => nothing(() => path.vary(['8mbit', '40mbit', '16mbit', '60mbit'])),
    tcp: is('varying-rate'),
    udp: is('varying-rate', undefined, '-b', '100M'),
  },
  'a policer': {
    stage: (path) => nothing(() => path.filter('limit rate over 2500 kbytes/second burst 20 kbytes drop')),
    tcp: is('policer'),
    udp: is('policer', undefined, ...FAST),
  },
  'loss of 1 %': { stage: lossy(0.01), tcp: is('loss', /does not depend on the rate$/) },
  'loss of 10 %': { stage: lossy(0.1), tcp: is('loss'), udp: is('loss', /does not depend on the rate$/, '-b', '20M') },
  'loss of 30 %': { stage: lossy(0.3), tcp: is('loss'), udp: is('loss', /does not depend on the rate$/, '-b', '20M') },
  'a quota of the receiver': {
    stage: (path) => {
      const group = path.group();
      // What a quota used up is told of one that was there before.
      group?.limit(1);
      return group && { server: group.before, later: () => group.limit(0.02) };
    },
    tcp: is('receiver-cpu', /^the control group of the server's winze has a quota/),
    udp: is('receiver-cpu', /the control group of the server's winze has a quota/),
  },
  'a quota of the sender': {
    stage: (path) => {
      const group = path.group();
      group?.limit(1);
      return group && { client: group.before, later: () => group.limit(0.1) };
    },
    tcp: is('sender-cpu', /^the control group of the client's winze has a quota/),
    udp: is('sender-cpu', /^the control group of the client's winze has a quota/),
  },
  'programs beside the receiver': {
    stage: (path) => beside(path, { client: pinned(0), server: starved(1) }),
    tcp: is('receiver-cpu'),
    udp: is('receiver-cpu'),
  },
  'programs beside the sender': {
    stage: (path) => {
      path.offload();
      return beside(path, { client: starved(1), server: pinned(0) });
    },
    tcp: is('sender-cpu'),
    udp: is('sender-cpu'),
  },
  'a small receive window': {
    stage: async (path) => {
      path.set('far', 'net.ipv4.tcp_rmem', '4096 8192 8192');
      await path.delay(10);
      return { server: [] };
    },
    tcp: is('window', /receive window/),
  },
  'a small send buffer': {
    stage: async (path) => {
      path.set('near', 'net.ipv4.tcp_wmem', '4096 8192 8192');
      await path.delay(10);
      return {};
    },
    tcp: is('window', /send buffer/),
  },
  'a small socket buffer': { udp: is('receive-buffer', /RcvbufErrors/, '-b', '200M', '--window', '4K') },
  'an MTU that no router tells': {
    stage: (path) => nothing(() => path.filter('meta length > 1400 drop')),
    tcp: is('path-mtu', /set an MTU of 1400/),
    udp: is('path-mtu', /^none of the \d+ datagrams arrived .* set an MTU of 1400/, '-b', '10M'),
  },
  'a filter of datagrams': {
    stage: (path) => nothing(() => path.filter('meta l4proto udp drop')),
    udp: is('loss', /^none of the \d+ datagrams arrived/, '-b', '10M'),
  },
};

const TABLE = Object.entries(STAGES).flatMap(([name, { stage, tcp, udp }]) => [
  ...(tcp ? [{ name, stage, protocol: 'tcp', ...tcp }] : []),
  ...(udp ? [{ name, stage, protocol: 'udp', ...udp }] : []),
]);

const skipped = missingPeers(['ip', 'tc', 'nft', 'ethtool', 'nsenter', 'taskset', 'sysctl', 'python3']);

describe.skipIf(skipped)('limited_by', () => {
  const path = new StagedPath();
  const running: Running[] = [];

  beforeAll(async () => {
    path.create();
    const server = path.begin('far', [], '-s');
    running.push(server);
    await server.says(/Listening on port/);
  });
  afterEach(async () => {
    for (const one of running.splice(1)) await one.stop();
    await path.clear();
  });
  afterAll(async () => {
    for (const one of running.splice(0)) await one.stop();
    await path.destroy();
  });

  test.for(TABLE)('$name, $protocol', async ({ name, stage, protocol, options = [], causes, evidence }, { skip }) => {
    const placed = stage ? await stage(path) : {};
    if (placed === null) {
      const reason = `${name} cannot be staged here`;
      console.warn(`skipped: ${reason}`);
      skip(reason);
      return;
    }
    const { client: before = [], server, serverOptions = [], later } = placed;
    const port = server ? ['--port', '8890'] : [];
    if (server) {
      running.push(path.begin('far', server, '-s', ...port, ...serverOptions));
      await running.at(-1)?.says(/Listening on port/);
    }
    // Loss holds back CUBIC, which every kernel has; BBR takes no notice of some per cent.
    const congestion = protocol === 'tcp' ? ['--congestion', 'cubic'] : [];
    const test = ['-p', protocol, '-d', '1500ms', ...congestion, ...options];
    const client = path.begin('near', before, '-c', FAR, ...port, ...test, '--json-stream', '-q');
    running.push(client);
    await client.says(/"event":"start"/);
    later?.();
    const { stdout, stderr } = await client.end();
    const result = resultOf(stdout, stderr);
    const [limited] = result.limited_by;
    console.info(`${name}, ${protocol}: ${limited?.cause}: ${limited?.evidence}${figuresOf(result)}`);
    expect(causes, limited?.evidence).toContain(limited?.cause);
    if (evidence) expect(limited?.evidence).toMatch(evidence);
  });
});

function resultOf(stdout: string, stderr: string): BandwidthResult {
  const end = stdout.split('\n').find((line) => line.startsWith('{"event":"end"'));
  const tests: readonly TestResult[] = end === undefined ? [] : JSON.parse(end).data.tests;
  const [result] = tests;
  // What was tried afterwards is no test of the document.
  if (tests.length !== 1 || result?.test !== 'bandwidth') throw new Error(`no test: ${stderr}`);
  return result;
}

/** What a verdict goes by, for whoever wonders at one. */
function figuresOf({ flows: [flow], cpu }: BandwidthResult): string {
  const { goodput_bps, loss_ratio, queueing_ns, goodput_p10_bps, goodput_p90_bps, tcp, receive_buffer_drops } =
    flow ?? {};
  const threads = [cpu.client, cpu.server].map((one) => [
    one?.busiest_thread_ratio?.toFixed(2),
    one?.thread_wait_ratio?.toFixed(2),
    one?.throttled_ratio?.toFixed(2),
  ]);
  const facts = { goodput_bps, loss_ratio, queueing_ns, goodput_p10_bps, goodput_p90_bps, receive_buffer_drops, tcp };
  return `\n  ${JSON.stringify(facts)} threads ${JSON.stringify(threads)}`;
}

function pinned(cpu: number): readonly string[] {
  return ['taskset', '-c', `${cpu}`];
}

/** What else runs there has 68 times its weight (nice 19 and 0; sched_prio_to_weight of the kernel). */
function starved(cpu: number): readonly string[] {
  return ['nice', '-n', '19', ...pinned(cpu)];
}
