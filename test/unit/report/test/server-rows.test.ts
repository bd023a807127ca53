import { expect, test } from 'vitest';
import type { ServerEvent } from '../../../../src/core/shapes/events.ts';
import { createServerRows } from '../../../../src/report/test/server-rows.ts';
import { createServerView } from '../../../../src/report/test/server-view.ts';
import { spec } from '../samples.ts';

type ServerInterval = Extract<ServerEvent, { tag: 'interval' }>;
const row = (overrides: Partial<ServerInterval> = {}): ServerEvent => ({
  tag: 'interval',
  client: '127.0.0.1',
  test_id: 1,
  spec: spec(),
  start_ns: 1e9,
  end_ns: 2.001e9,
  received_bps: 9.3e9,
  sent_bps: null,
  packets_per_s: null,
  echoes_per_s: null,
  connections_per_s: null,
  ...overrides,
});
const ended = (client: string): ServerEvent => ({ tag: 'test-ended', client, test_id: 1, summary: '' });
const LONG = '2001:db8:1234:5678:9abc:def0:1234:5678';

test.each([
  ['TCP upload', {}, ['Proto    Seconds  Rcvd b/s', '  TCP    001-002     9.30G']],
  [
    'UDP download',
    {
      spec: spec({ protocol: 'udp', direction: 'download' }),
      received_bps: null,
      sent_bps: 1e6,
      packets_per_s: 892.857,
    },
    ['Proto    Seconds  Sent b/s    Pkt/s', '  UDP    001-002        1M      893'],
  ],
  [
    'TCP both ways',
    { spec: spec({ direction: 'bidirectional' }), received_bps: 2e9, sent_bps: 1e9 },
    ['Proto    Seconds  Rcvd b/s  Sent b/s', '  TCP    001-002        2G        1G'],
  ],
  [
    'latency',
    { spec: spec({ test: 'latency', protocol: 'udp' }), received_bps: null, echoes_per_s: 99.8 },
    ['Proto    Seconds   Echo/s', '  UDP    001-002      100'],
  ],
])('%s has the columns that it fills', (_name, overrides, [header, line]) => {
  expect(createServerRows()(row(overrides))).toEqual([`[RemoteAddress]  ${header}`, `[    127.0.0.1]  ${line}`]);
});

test('a second in which nothing passed has a row of 0', () => {
  const rows = createServerRows();
  rows(row());
  expect(rows(row({ received_bps: 0 }))).toEqual(['[    127.0.0.1]    TCP    001-002         0']);
});

test.each([
  [0, 1.004e9, '000-001'],
  [0, 0.25e9, '0.0-0.3'],
  [10e9, 10.5e9, '10.0-10.5'],
  [1e12, 1.001e12, '1000-1001'],
  [1e9, 4.2e9, '1.0-4.2'],
])('%d to %d ns is %s', (start_ns, end_ns, text) => {
  expect(createServerRows()(row({ start_ns, end_ns }))[1]).toContain(`  TCP  ${text.padStart(9)}  `);
});

test('tests that run together have the columns of all, and a new header when they change', () => {
  const rows = createServerRows();
  const download = { client: '127.0.0.2', spec: spec({ direction: 'download' }), received_bps: null, sent_bps: 5e6 };
  rows(row());
  expect([
    ...rows(row(download)),
    ...rows(row()),
    ...rows(ended('127.0.0.1')).slice(1),
    ...rows(row(download)),
  ]).toEqual([
    '[RemoteAddress]  Proto    Seconds  Rcvd b/s  Sent b/s',
    '[    127.0.0.2]    TCP    001-002         -        5M',
    '[    127.0.0.1]    TCP    001-002     9.30G         -',
    '[RemoteAddress]  Proto    Seconds  Sent b/s',
    '[    127.0.0.2]    TCP    001-002        5M',
  ]);
});

test('a longer address widens its column for good, under a new header', () => {
  const rows = createServerRows();
  rows(row());
  expect([
    ...rows(row({ client: 'fe80::1234:5678%eth0' })),
    ...rows(ended('fe80::1234:5678%eth0')).slice(1),
    ...rows(row()),
  ]).toEqual([
    '[       RemoteAddress]  Proto    Seconds  Rcvd b/s',
    '[fe80::1234:5678%eth0]    TCP    001-002     9.30G',
    '[           127.0.0.1]    TCP    001-002     9.30G',
  ]);
});

test('an address fits whole as long as there is room, and otherwise has a line of its own', () => {
  const both = { spec: spec({ protocol: 'udp', direction: 'bidirectional' }), sent_bps: 1, packets_per_s: 1 };
  const rows = createServerRows();
  const lines = [...rows(row({ client: `[${LONG}]:51334` })), ...rows(row({ client: `[${LONG}]:51334`, ...both }))];
  expect(lines).toEqual([
    `[${' '.repeat(33)}RemoteAddress]  Proto    Seconds  Rcvd b/s`,
    `[[${LONG}]:51334]    TCP    001-002     9.30G`,
    `[${' '.repeat(23)}RemoteAddress] Proto   Seconds Rcvd b/s Sent b/s   Pkt/s`,
    `[[${LONG}]:51334]`,
    `[${' '.repeat(36)}]   UDP   001-002    9.30G        1       1`,
  ]);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
});

test('the header is printed again for each new test', () => {
  const rows = createServerRows();
  rows(row());
  expect(rows(row())).toHaveLength(1);
  rows({ tag: 'test-started', client: '127.0.0.1', test_id: 2, spec: spec(), trace_back: false, purpose: null });
  expect(rows(row())).toHaveLength(2);
});

const MESSAGES: readonly (readonly [ServerEvent, string])[] = [
  [
    { tag: 'listening', addresses: ['0.0.0.0', '::'], port: 8888 },
    'Listening on port 8888 for TCP & UDP (0.0.0.0, ::)',
  ],
  [{ tag: 'notice', message: 'one call a datagram\x07' }, 'Note: one call a datagram\\x07'],
  [{ tag: 'listening', addresses: [], port: 1 }, 'Listening on port 1 for TCP & UDP'],
  [{ tag: 'client-connected', client: '192.0.2.1', version: '0.1\n' }, '192.0.2.1: connected, winze 0.1\\n'],
  [
    { tag: 'capture-begun', client: '192.0.2.1', device: 'eth0' },
    '192.0.2.1: packets of its tunnel are captured on eth0',
  ],
  [{ tag: 'warning', message: 'none are\x1b[0m taken' }, 'warning: none are\\x1b[0m taken'],
  [{ tag: 'client-queued', client: '192.0.2.1', place: 3 }, '192.0.2.1: waiting at place 3'],
  [{ tag: 'client-refused', client: '192.0.2.1', reason: 'wrong secret' }, '192.0.2.1: refused: wrong secret'],
  [{ tag: 'client-closed', client: '192.0.2.1', reason: '\x1b[31mbye' }, '192.0.2.1: closed: \\x1b[31mbye'],
  [
    {
      tag: 'test-started',
      client: '192.0.2.1',
      test_id: 7,
      spec: spec({ streams: 4 }),
      trace_back: false,
      purpose: null,
    },
    '192.0.2.1: test 7 started: TCP upload, 4 streams, 10 s',
  ],
  ...(
    [
      ['ping', 'UDP ping, a probe every 10 ms'],
      ['mtu', 'UDP path MTU'],
      ['trace', 'a trace to the client'],
    ] as const
  ).map(([purpose, words]): readonly [ServerEvent, string] => {
    const probes = spec({ test: 'latency', protocol: 'udp', gap_ns: 10e6 });
    const event = { tag: 'test-started', client: '192.0.2.1', test_id: 1, spec: probes, purpose } as const;
    return [{ ...event, trace_back: purpose === 'trace' }, `192.0.2.1: test 1 started: ${words}`];
  }),
  [
    { tag: 'test-ended', client: '192.0.2.1', test_id: 7, summary: '9.41 Gbit/s' },
    '192.0.2.1: test 7 ended: 9.41 Gbit/s',
  ],
];
test.each(MESSAGES)('%o is one line', (event, line) => {
  expect(createServerRows()(event)).toEqual([line]);
});

test('-dp sets the decimals of rates at a server too', () => {
  const rowAt = (decimals?: 1 | 2): string | undefined =>
    createServerView(decimals === undefined ? {} : { decimals }, 80, () => '')
      .event(row({ received_bps: 12_131e6 }))
      .split('\n')[1];
  expect([rowAt(), rowAt(1), rowAt(2)].map((line) => line?.trim().split(/ +/).at(-1))).toEqual([
    '12.1G',
    '12.1G',
    '12.13G',
  ]);
});
