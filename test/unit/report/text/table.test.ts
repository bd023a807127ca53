import { expect, test } from 'vitest';
import { NO_DETAILS } from '../../../../src/core/shapes/host-details.ts';
import type { ResultDocument } from '../../../../src/core/shapes/result.ts';
import { formatSummary } from '../../../../src/report/text/table.ts';
import {
  bandwidth,
  baselinePath,
  CAPTURE,
  comparison,
  cpu,
  describedHosts,
  documentOf,
  flow,
  HALF_CAPTURE,
  interval,
  latency,
  NO_TIMES,
  overhead,
  quietLatency,
  spec,
  udpFlow,
  viaPath,
} from '../samples.ts';

const HEAD = [
  'winze 0.1.0, 2026-05-04T10:20:30.456Z',
  'client: adit (Linux 6.8.0, x64, 8 cores of AMD EPYC 7543P), node 20.20.2',
  'server: sump (Linux 6.8.0, x64, 4 cores of AMD EPYC 7543P), winze 0.1.0',
  'target: 203.0.113.7, port 8888',
];
const linesOf = (document: ResultDocument): string[] => formatSummary(document, { color: false }).split('\n');
const summaryOf = (result: ReturnType<typeof bandwidth> | ReturnType<typeof latency>): string[] =>
  linesOf(documentOf({ tests: [result] })).slice(HEAD.length + 1);
const rule = (width: number): string => '─'.repeat(width);

test('a TCP test: figures under the end that measured them, processors, and what limited it', () => {
  expect(linesOf(documentOf())).toEqual([
    ...HEAD,
    '',
    'TCP upload, 1 stream, 10 s to 203.0.113.7',
    rule(38),
    '                      upload',
    rule(38),
    'receiver              server',
    '  goodput             9.41 Gbit/s',
    '  received            11.0 GiB in 10 s',
    '  each stream         9.41 Gbit/s',
    'sender                client',
    '  sent                9.42 Gbit/s',
    '  retransmits         12 (0.10%)',
    '  RTT, variation      412 µs, 33 µs',
    '  smallest RTT        380 µs',
    '  congestion window   1.25 MiB',
    '  congestion control  cubic',
    '  MSS, path MTU       1448 B, 1500 B',
    rule(38),
    'CPU cores  engine   user  system  top thread  host softirq  host busy  of',
    rule(73),
    'client      linux  0.120   0.850       0.970         0.310       1.40   8',
    'server      linux  0.050   0.600           -         0.310       1.40   4',
    rule(73),
    'setup until the first data: 1.53 ms',
    "upload limited by the sender's processor: the busiest thread of the client used",
    '  0.97 of a core',
    '',
  ]);
});

test('a bidirectional UDP test: a column for each direction, the ends swapped', () => {
  const streams = [300e6, 200e6].map((goodput_bps, index) => ({
    stream: index + 1,
    goodput_bps,
    bytes_received: 1,
    bytes_sent: 1,
    packets_sent: 1,
    packets_received: 1,
    packets_lost: 0,
    retransmits: null,
  }));
  const lines = summaryOf(
    bandwidth({
      protocol: 'udp',
      direction: 'bidirectional',
      config: spec({ protocol: 'udp', direction: 'bidirectional', streams: 2, rate_bps: 500e6 }),
      engine: 'portable',
      engines: { client: 'linux', server: 'portable' },
      cpu: { client: cpu(), server: null },
      flows: [
        udpFlow({ streams }),
        udpFlow({
          direction: 'download',
          sender: 'server',
          receiver: 'client',
          goodput_bps: 93.1e6,
          packets_lost: null,
          loss_ratio: null,
          receive_buffer_drops: null,
        }),
      ],
      wire: { device: 'eth0', tx_bytes: 2 ** 30, rx_bytes: 2 ** 20, tx_packets: 700_000, rx_packets: 12_345_678 },
      fragments_created: 12,
      limited_by: [{ cause: 'unknown', direction: 'upload', evidence: 'no figure stands out' }],
    }),
  );
  expect(lines).toEqual([
    'UDP bidirectional, 2 streams, paced at 500 Mbit/s, 10 s to 203.0.113.7',
    rule(62),
    '                     upload                    download',
    rule(62),
    'receiver             server                    client',
    '  goodput            500 Mbit/s                93.1 Mbit/s',
    '  received           596 MiB in 10 s           596 MiB in 10 s',
    '  each stream        200 Mbit/s .. 300 Mbit/s  -',
    '  lost/total         268/446428 (0.060%)       -',
    '  reordered          3                         3',
    '  duplicated         0                         0',
    '  jitter (RFC 3550)  14.2 µs                   14.2 µs',
    '  buffer drops       250                       -',
    'sender               client                    server',
    '  sent               500 Mbit/s                500 Mbit/s',
    rule(62),
    'CPU cores    engine   user  system  top thread  host softirq  host busy  of',
    rule(75),
    'client        linux  0.120   0.850       0.970         0.310       1.40   8',
    'server     portable      -       -           -             -          -   -',
    rule(75),
    'setup until the first data: 1.53 ms',
    'on the wire (eth0 of the client): 1 GiB in 700000 packets out, 1 MiB in 12.3M',
    '  packets in',
    "the client's host had to fragment packets during the test: 12 fragments",
    'upload limited by an unknown cause: no figure stands out',
    '',
  ]);
});

test('a latency test: percentiles, loss by direction, runs, variation, and the schedule', () => {
  expect(summaryOf(latency()).slice(0, 19)).toEqual([
    'UDP latency, a probe every 10 ms, 10 s to 203.0.113.7',
    rule(70),
    '             RTT  since sent  queue up  queue down     IPDV  in server',
    rule(70),
    'min      380.0µs     379.0µs       0ns         0ns    100ns    3.100µs',
    'mean     431.2µs     428.6µs   30.40µs     18.90µs  41.20µs    4.400µs',
    '50%      412.0µs     410.0µs   21.10µs     11.60µs  28.40µs    4.000µs',
    '90%      498.7µs     495.3µs   72.00µs     46.20µs  99.50µs    6.200µs',
    '95%      545.1µs     541.9µs   101.3µs     61.70µs  130.0µs    7.900µs',
    '99%      812.9µs     799.1µs   288.0µs     144.4µs  401.6µs    12.10µs',
    '99.9%    2.100ms     2.050ms   1.500ms     600.0µs  1.650ms    40.00µs',
    '99.99%   2.310ms     2.300ms   1.710ms     610.0µs  1.800ms    44.00µs',
    'max      2.310ms     2.300ms   1.710ms     610.0µs  1.800ms    44.00µs',
    'samples      988         988       988         988      980        988',
    rule(70),
    '1000 probes, 988 answered, lost 12 (1.20%): 10 (1.00%) up, 2 (0.20%) down',
    'reordered 1, duplicated 0, 3 runs of loss, mean 4.0, longest 8',
    'jitter (RFC 3550) 38.1 µs; answers stamped by the kernel',
    'schedule of one probe every 10 ms kept: 0% of the probes over 1 ms late, p99',
  ]);
});

test('a schedule that was not kept is said aloud, with its evidence', () => {
  const { schedule } = latency();
  const lines = summaryOf(latency({ schedule: { ...schedule, kept: false, late_ratio: 0.034 } })).join('\n');
  expect(lines).toContain(
    'schedule of one probe every 10 ms NOT kept, do not trust these times: 3.40% of\n' +
      '  the probes over 1 ms late, p99 31 µs, worst 333 µs\n',
  );
});

test('loss of unknown direction, and no answer at all, show as -', () => {
  const lines = summaryOf(
    latency({
      packets_received: 0,
      packets_lost: 1000,
      loss_ratio: 1,
      packets_lost_up: null,
      packets_lost_down: null,
      rtt_ns: NO_TIMES,
      jitter_rfc3550_ns: null,
      receive_timestamps: 'user',
    }),
  );
  expect(lines).toContain('1000 probes, 0 answered, lost 1000 (100.0%): - up, - down');
  expect(lines).toContain('jitter (RFC 3550) -; answers stamped by the program');
  expect(lines).toContain('50%        -     410.0µs   21.10µs     11.60µs  28.40µs    4.000µs');
});

test('nothing measured is - and never 0', () => {
  const lines = summaryOf(
    bandwidth({
      flows: [flow({ goodput_bps: null, sent_bps: null, tcp: null, streams: [] })],
      limited_by: [],
      setup_ns: null,
    }),
  );
  for (const label of ['goodput', 'each stream', 'sent', 'retransmits', 'smallest RTT', 'congestion control']) {
    expect(lines).toContain(`  ${label.padEnd(20)}-`);
  }
  expect(lines).toContain('  RTT, variation      -, -');
  expect(lines).toContain('limited by: -');
  expect(lines).toContain('setup until the first data: -');
});

test('a test that ended early, and what the server cut down, stand above its figures', () => {
  const lines = summaryOf(
    bandwidth({
      complete: false,
      error: { code: 'ERR_PEER_LOST', message: 'the server fell silent for 10 s' },
      clipped: [{ field: 'streams', asked: 64, granted: 1 }],
    }),
  );
  expect(lines.slice(0, 3)).toEqual([
    'TCP upload, 1 stream, 10 s to 203.0.113.7',
    'not complete: ERR_PEER_LOST: the server fell silent for 10 s',
    'cut down by the server: streams: asked 64, granted 1',
  ]);
  expect(summaryOf(bandwidth({ complete: false }))[1]).toBe(
    'not complete: the figures are what was measured until it ended',
  );
});

test('a comparison: paths, rounds, overhead and the answer in words', () => {
  expect(linesOf(comparison())).toEqual([
    ...HEAD,
    '',
    'Paths',
    rule(46),
    '          address      device  kind       MTU',
    rule(46),
    'baseline  203.0.113.7  eth0    physical   1500',
    'via       10.0.0.2     wg0     wireguard  1420',
    rule(46),
    '',
    'Rounds: goodput in bit/s (UDP: and loss), or the median round trip',
    rule(37),
    'round  test         baseline  via',
    rule(37),
    '1      TCP upload   941M      895M',
    '1      UDP latency  412.0µs   622.0µs',
    '2      TCP upload   939M      893M',
    '2      UDP latency  412.0µs   622.0µs',
    '3      TCP upload   940M      899M',
    '3      UDP latency  412.0µs   622.0µs',
    rule(37),
    '',
    'Comparison: baseline above, path below',
    rule(69),
    'test        goodput     ratio (n)     ceiling  added RTT  wire   CPU',
    'path                    95%           effic.   loss',
    rule(69),
    'TCP upload  940 Mbit/s  0.951 (3)     0.955    210 µs     1.052  1.31',
    'via         895 Mbit/s  0.944..0.957  0.996    0%         1.104',
    rule(69),
    'Goodput: medians of the rounds. Ratio: median of path / baseline over paired',
    'rounds (n) with its 95% interval. Ceiling: what the added headers allow;',
    'efficiency: ratio / ceiling. Wire: bytes on the wire for each byte of payload.',
    'CPU: time of both hosts for each Gbit, path / baseline.',
    '',
    '10.0.0.2: the tunnel costs only its bytes: TCP upload carries 0.951 (95%:',
    '  0.944..0.957) of the goodput of the baseline, and its headers allow 0.955. It',
    '  adds 210 µs to the round trip.',
    '',
  ]);
});

test('captures stand below the comparison: what was counted in each test, and once what is missing', () => {
  const tests = [
    bandwidth({ path: '10.0.0.2', capture: CAPTURE }),
    quietLatency({ path: '10.0.0.2', capture: HALF_CAPTURE }),
    quietLatency({ path: '10.0.0.2', round: 2, capture: HALF_CAPTURE }),
  ];
  const lines = linesOf(comparison({ tests, overhead: [] }));
  const from = lines.indexOf('Captured: messages of the tunnel, and its IP packets on the line');
  expect(lines.slice(from + 1, lines.indexOf('', from))).toEqual([
    'round 1, TCP upload, via',
    "  up: 893012 sent, 893000 received, 12 lost (0.0013%), 2 of them in the sender's",
    '  host, 1.21 GiB (1.042..1.048 × inside, 1.083 × payload)',
    '  down: 50000 sent, 50002 received, 0 lost (0%), 6.10 MiB (2.00..2.46 × inside)',
    'round 1, UDP latency, via',
    "  up: 893012 sent, - received, 2 lost in the sender's host, 1.21 GiB",
    '  (1.042..1.048 × inside, 1.083 × payload)',
    '  down: - sent, 50002 received, 0 lost (0%), 6.10 MiB (2.00..2.46 × inside)',
    'round 2, UDP latency, via',
    "  up: 893012 sent, - received, 2 lost in the sender's host, 1.21 GiB",
    '  (1.042..1.048 × inside, 1.083 × payload)',
    '  down: - sent, 50002 received, 0 lost (0%), 6.10 MiB (2.00..2.46 × inside)',
    'no capture at the server: captures are not allowed there',
  ]);
});

test('several paths are numbered, long addresses go on below, notes and doubts follow', () => {
  const long = '2001:db8:1234:5678:9abc:def0:1234:5678.a-very-long-name.example';
  const document = comparison({
    paths: [
      baselinePath(),
      viaPath({ notes: ['MTU 1500 fragments: 1440 would not'] }),
      viaPath({ name: long, same_server: false, server: null }),
    ],
  });
  const lines = linesOf(document);
  const first = lines.indexOf('Paths') + 1;
  expect(lines.slice(first, first + 10)).toEqual([
    rule(80),
    '          address                                        device  kind       MTU',
    rule(80),
    'baseline  203.0.113.7                                    eth0    physical   1500',
    'via 1     10.0.0.2                                       wg0     wireguard  1420',
    'via 2     2001:db8:1234:5678:9abc:def0:1234:5678.a-very  wg0     wireguard  1420',
    '          -long-name.example',
    rule(80),
    'via 1: MTU 1500 fragments: 1440 would not',
    'via 2: did not prove to be the same server: what follows may compare two',
  ]);
});

test('rounds of four paths make two tables, each with the baseline', () => {
  const vias = ['10.0.0.2', '10.0.1.2', '10.0.2.2'].map((name) => viaPath({ name }));
  const udp = (path: string, goodput_bps: number, loss_ratio: number | null) =>
    bandwidth({
      path,
      protocol: 'udp',
      config: spec({ protocol: 'udp' }),
      flows: [udpFlow({ goodput_bps, loss_ratio })],
    });
  const lines = linesOf(
    documentOf({
      paths: [baselinePath(), ...vias],
      tests: [udp('203.0.113.7', 1e9, 0), udp('10.0.0.2', 9e8, 0.013), udp('10.0.2.2', 8e8, null)],
    }),
  );
  expect(lines).toContain('round  test        baseline  via 1       via 2');
  expect(lines).toContain('1      UDP upload  1G 0%     900M 1.30%  -');
  expect(lines).toContain('round  test        baseline  via 3');
  expect(lines).toContain('1      UDP upload  1G 0%     800M -');
});

test('a round that failed is named, and is in no median', () => {
  const { tests } = comparison();
  const lines = linesOf(
    comparison({
      tests: [
        ...tests,
        bandwidth({
          round: 4,
          path: '10.0.0.2',
          complete: false,
          error: { code: 'ERR_PEER_LOST', message: 'connection reset' },
          flows: [flow({ goodput_bps: 1 })],
        }),
      ],
    }),
  );
  expect(lines).toContain('round 4, TCP upload, via: not complete: ERR_PEER_LOST: connection reset');
  expect(lines).toContain('via         895 Mbit/s  0.944..0.957  0.996    0%         1.104');
});

test('a path without a connection says why once, and the figures of the other stand', () => {
  const error = { code: 'ERR_CONNECT', message: 'no answer from 10.0.0.2:8888 in 10 s' };
  const { tests } = comparison();
  const document = comparison({
    paths: [baselinePath(), viaPath({ server: null, same_server: false, error })],
    tests: tests.filter(({ path }) => path === '203.0.113.7'),
    overhead: [],
    complete: false,
    error,
  });
  const lines = linesOf(document);
  expect(lines).toContain('via: nothing was measured: no answer from 10.0.0.2:8888 in 10 s');
  expect(lines).toContain('1      TCP upload   941M      -');
  expect(lines).toContain('10.0.0.2: nothing was measured over it.');
  expect(lines.filter((line) => line.includes('no answer'))).toHaveLength(1);
  expect(lines.join('\n')).not.toContain('same server');
});

test('a test that did not begin has its place in the table, and the reason below it', () => {
  const error = { code: 'ERR_CONNECT', message: 'no UDP answer' };
  const config = spec({ protocol: 'udp', direction: 'bidirectional' });
  const failures = [{ path: '10.0.0.2', round: 1, config, error }];
  const failed = { failures, complete: false, error: { ...error, message: `10.0.0.2: ${error.message}` } };
  const lines = linesOf(comparison(failed));
  expect(lines).toContain('1      UDP upload    -         failed');
  expect(lines).toContain('1      UDP download  -         failed');
  expect(lines).toContain('round 1, UDP bidirectional, via: no result: ERR_CONNECT: no UDP answer');
  expect(lines.filter((line) => line.includes('no UDP answer'))).toHaveLength(1);
  // Of a single path, the reason stands behind the tests that ran.
  const single = linesOf(documentOf({ ...failed, failures: [{ path: '203.0.113.7', round: 1, config, error }] }));
  expect(single.slice(-3)).toEqual(['UDP bidirectional, 1 stream, 10 s', 'no result: ERR_CONNECT: no UDP answer', '']);
});

test('the reason of a round is broken into lines once', () => {
  const message = 'nothing of the 74.8 KiB that the client sent arrived at the server; '.repeat(4).trim();
  const error = { code: 'ERR_NOTHING_RECEIVED', message };
  const { tests } = comparison();
  const lines = linesOf(comparison({ tests: tests.map((result) => ({ ...result, complete: false, error })) }));
  const at = lines.findIndex((line) => /^round 1, .*ERR_NOTHING/.test(line));
  expect(at).toBeGreaterThan(0);
  const reason = lines.slice(at, at + 5).map((line, i) => (i === 0 ? line : line.replace(/^ {2}/, '')));
  expect(reason.join(' ')).toContain(message.slice(0, 200));
  expect(reason.filter((line) => line.includes('  '))).toEqual([]);
});

test('an overhead of round trips only is called latency, and unknown figures are -', () => {
  const nothing = overhead({
    protocol: 'udp',
    goodput_ratio: null,
    goodput_ratio_ci95: null,
    rounds: 3,
    ceiling_ratio: null,
    efficiency_ratio: null,
    loss_ratio_added: null,
    wire_bytes_per_payload_byte: null,
    baseline_wire_bytes_per_payload_byte: null,
    cpu_per_gbit_ratio: null,
  });
  const tests = [quietLatency(), quietLatency({ path: '10.0.0.2' })];
  const lines = linesOf(comparison({ tests, overhead: [nothing] }));
  expect(lines).toContain('UDP latency  -        - (3)      -        210 µs     -     -');
  expect(lines).toContain('via          -        -          -        -          -');
});

test('without an overhead there is no table of it', () => {
  const tests = [quietLatency(), quietLatency({ path: '10.0.0.2' })];
  const lines = linesOf(comparison({ tests, overhead: [] }));
  expect(lines).not.toContain('Comparison: baseline above, path below');
  expect(lines.slice(-6)).toEqual([
    '1      UDP latency  412.0µs   412.0µs',
    rule(37),
    '',
    '10.0.0.2: no goodput was measured both on it and on the baseline. It adds',
    '  nothing notable to the round trip.',
    '',
  ]);
});

test('what a winze may use that may not use its whole host stands below the processors', () => {
  const pinned = cpu({ allowed_cores: 2, allowed_busy_cores: 1.94, quota_cores: 0.5, throttled_ratio: 0.93 });
  const lines = summaryOf(bandwidth({ cpu: { client: pinned, server: cpu({ quota_cores: 1 }) } }));
  const at = lines.findIndex((line) => line.startsWith('the client'));
  expect(lines.slice(at, at + 3)).toEqual([
    "the client's winze may run on 2 of 8 cores, 1.94 of them busy; it has a quota of",
    '  0.500 cores, used up 93.0% of the time',
    "the server's winze has a quota of 1.000 cores, used up - of the time",
  ]);
});

test('that nothing arrived is the first line, and stands above the figures', () => {
  const error = { code: 'ERR_NOTHING_RECEIVED', message: 'upload: nothing arrived at the server' };
  const result = bandwidth({ complete: false, error });
  const lines = linesOf(documentOf({ tests: [result], complete: false, error }));
  expect(lines[0]).toBe('no result: ERR_NOTHING_RECEIVED: upload: nothing arrived at the server');
  expect(summaryOf(result)[1]).toBe(lines[0]);
  expect(lines.filter((line) => line === lines[0])).toHaveLength(2);
});

test('expectations and the failure of the run close the summary', () => {
  const lines = linesOf(
    documentOf({
      title: 'before the change',
      server: null,
      expectations: [
        { expression: 'goodput>=500M', measured: 9.41e9, met: true },
        { expression: 'retransmits<10', measured: 12, met: false },
        { expression: 'loss<0.1%', measured: null, met: false },
      ],
      complete: false,
      error: { code: 'ERR_ABORTED', message: 'stopped on request' },
    }),
  );
  expect(lines[0]).toBe('before the change');
  expect(lines[3]).toBe('server: -');
  expect(lines.slice(-7)).toEqual([
    '',
    'expected goodput>=500M: met, measured 9.41 Gbit/s',
    'expected retransmits<10: NOT MET, measured 12',
    'expected loss<0.1%: NOT MET, not measured',
    '',
    'not complete: ERR_ABORTED: stopped on request',
    '',
  ]);
});

test('colour is only added: without the sequences the text is the same', () => {
  const document = comparison({ expectations: [{ expression: 'goodput>=1G', measured: 9e8, met: false }] });
  for (const one of [document, documentOf({ tests: [bandwidth(), latency()] })]) {
    const colored = formatSummary(one, { color: true });
    expect(colored).toContain('\x1b[1m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences are what is looked for
    expect(colored.replaceAll(/\x1b\[\d+m/g, '')).toBe(formatSummary(one, { color: false }));
  }
  expect(formatSummary(document, { color: false })).not.toContain('\x1b');
});

test('what comes from the network cannot reach the terminal as a control character', () => {
  const evil = 'x\x1b]0;owned\x07\r\n\u202e';
  const details = {
    ...NO_DETAILS,
    system: evil,
    machine: evil,
    hypervisor: evil,
    cpu_governor: evil,
    default_gateway: evil,
  };
  const host = { hostname: evil, os: evil, arch: evil, cpu: evil, cores: 1, node: evil, details };
  const path = { ...viaPath(), name: evil, notes: [evil] };
  const link = { medium: 'wired', driver: evil, duplex: 'full', speed_bps: 1e9, wireless: null } as const;
  const device = { ...path, client: { ...path.client, device: evil, link } };
  const tcp = flow().tcp;
  const hurt = bandwidth({
    path: evil,
    complete: false,
    error: { code: evil, message: evil },
    flows: [flow({ tcp: tcp === null ? null : { ...tcp, congestion_control: evil } })],
    intervals: [interval()],
    wire: { device: evil, tx_bytes: 1, rx_bytes: 1, tx_packets: 1, rx_packets: 1 },
    limited_by: [{ cause: 'loss', direction: 'upload', evidence: evil }],
  });
  const one = documentOf({
    tool: { name: 'winze', version: evil },
    started_at: evil,
    title: evil,
    target: { host: evil, port: 1, server_id: evil },
    client: host,
    server: { ...host, version: evil },
    tests: [hurt],
    expectations: [{ expression: evil, measured: null, met: false }],
    error: { code: evil, message: evil },
  });
  const compared = { ...one, paths: [baselinePath(), device], overhead: [overhead({ path: evil })] };
  for (const document of [one, compared]) {
    const text = formatSummary(document, { color: false });
    expect(text).not.toMatch(/[^\P{C}\n]/u);
    expect(text).toContain('x\\x1b]0;owned\\x07\\r\\n\\u{202e}');
  }
});

test('what makes the figures doubtful stands above them', () => {
  for (const result of [bandwidth({ warnings: ['upload: more'] }), latency({ warnings: ['upload: more'] })]) {
    const lines = summaryOf(result);
    expect(lines.indexOf('warning: upload: more')).toBeGreaterThan(-1);
    expect(lines.indexOf('warning: upload: more')).toBeLessThan(lines.findIndex((line) => line.includes('─')));
  }
});

test('hosts and links are described where they were told', () => {
  const text = formatSummary(describedHosts(), { color: false });
  expect(text.split('\n').slice(1, 9)).toEqual([
    'client: adit (Linux 6.8.0, x64, 8 cores of AMD EPYC 7543P), node 20.20.2',
    '  Debian GNU/Linux 12 (bookworm); 16 GiB of memory; processor clock: powersave;',
    '  gateway 192.0.2.254; wlan0: driver iwlwifi, wireless, -78 dBm, channel 6 at',
    '  2.4 GHz, sends at 24 Mbit/s, receives at 36 Mbit/s',
    'server: sump (Linux 6.8.0, x64, 4 cores of AMD EPYC 7543P), winze 0.1.0',
    '  in a virtual machine (KVM); eth0: driver e1000e, 100 Mbit/s, half duplex',
    'target: 203.0.113.7, port 8888',
    '',
  ]);
});

test('a wireless link that is the limit is named', () => {
  const limited_by = [{ cause: 'wireless-link', direction: 'upload', evidence: '-78 dBm, 24 Mbit/s' }] as const;
  const text = formatSummary(documentOf({ tests: [bandwidth({ limited_by })] }), { color: false });
  expect(text).toContain('upload limited by the wireless link: -78 dBm, 24 Mbit/s\n');
});

test('one of anything is one of it', () => {
  const ones = (value: unknown): unknown => {
    if (typeof value === 'number') return 1;
    if (Array.isArray(value)) return value.map(ones);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, ones(one)]));
  };
  const document = documentOf({
    tests: [
      bandwidth({
        wire: { device: 'eth0', tx_bytes: 1, rx_bytes: 1, tx_packets: 1, rx_packets: 1 },
        fragments_created: 1,
      }),
      latency(),
    ],
  });
  const text = formatSummary(ones(document) as typeof document, { color: false });
  expect(text).toContain('1 run of loss');
  expect(text).not.toMatch(/(?<![\d.,/])1 (?:runs|probes|packets|fragments|cores|streams|rounds)\b/);
});
