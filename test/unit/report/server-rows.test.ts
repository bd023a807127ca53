import { expect, test } from 'vitest';
import type { ServerEvent } from '../../../src/core/events.ts';
import { createServerRows } from '../../../src/report/server-rows.ts';
import { spec } from './samples.ts';

type ServerInterval = Extract<ServerEvent, { tag: 'interval' }>;
const row = (overrides: Partial<ServerInterval> = {}): ServerEvent => ({
  tag: 'interval',
  client: '127.0.0.1',
  test_id: 1,
  spec: spec(),
  received_bps: 9.3e9,
  sent_bps: 1e6,
  packets_per_s: null,
  latency_ns: null,
  ...overrides,
});
const LONG = '2001:db8:1234:5678:9abc:def0:1234:5678';

test('rows stand under the columns of ethr', () => {
  const rows = createServerRows();
  const udp = spec({ protocol: 'udp', direction: 'download' });
  const latency = spec({ test: 'latency', protocol: 'udp' });
  expect([
    ...rows(row()),
    ...rows(row({ spec: udp, packets_per_s: 892.857 })),
    ...rows(row({ spec: latency, packets_per_s: 100, latency_ns: 145_688 })),
    ...rows(row({ spec: spec({ direction: 'bidirectional' }), received_bps: 2e9, sent_bps: 1e9 })),
  ]).toEqual([
    '[RemoteAddress]  Proto   Bits/s   Conn/s    Pkt/s   Latency',
    '[    127.0.0.1]    TCP    9.30G        -        -         -',
    '[    127.0.0.1]    UDP       1M        -      893         -',
    '[    127.0.0.1]    UDP        -        -      100   145.7µs',
    '[    127.0.0.1]    TCP       3G        -        -         -',
  ]);
});

test('a longer address widens its column for good, under a new header', () => {
  const rows = createServerRows();
  rows(row());
  expect([...rows(row({ client: 'fe80::1234:5678%eth0' })), ...rows(row())]).toEqual([
    '[       RemoteAddress]  Proto   Bits/s   Conn/s    Pkt/s   Latency',
    '[fe80::1234:5678%eth0]    TCP    9.30G        -        -         -',
    '[           127.0.0.1]    TCP    9.30G        -        -         -',
  ]);
});

test('the longest IPv6 address fits whole, and with a port it has a line of its own', () => {
  const rows = createServerRows();
  const lines = [...rows(row({ client: `${LONG.slice(0, -4)}ffff%` })), ...rows(row({ client: `[${LONG}]:51334` }))];
  expect(lines).toEqual([
    '[                          RemoteAddress] Proto  Bits/s  Conn/s   Pkt/s  Latency',
    '[2001:db8:1234:5678:9abc:def0:1234:ffff%]   TCP   9.30G       -       -        -',
    `[[${LONG}]:51334]`,
    '[                                       ]   TCP   9.30G       -       -        -',
  ]);
  expect(lines[0]).toHaveLength(80);
});

test('the header is printed again for each new test', () => {
  const rows = createServerRows();
  rows(row());
  expect(rows(row())).toHaveLength(1);
  rows({ tag: 'test-started', client: '127.0.0.1', test_id: 2, spec: spec() });
  expect(rows(row())).toHaveLength(2);
});

const MESSAGES: readonly (readonly [ServerEvent, string])[] = [
  [
    { tag: 'listening', addresses: ['0.0.0.0', '::'], port: 8888 },
    'Listening on port 8888 for TCP & UDP (0.0.0.0, ::)',
  ],
  [{ tag: 'listening', addresses: [], port: 1 }, 'Listening on port 1 for TCP & UDP'],
  [{ tag: 'client-connected', client: '192.0.2.1', version: '0.1\n' }, '192.0.2.1: connected, winze 0.1\\n'],
  [
    { tag: 'capture-begun', client: '192.0.2.1', device: 'eth0' },
    '192.0.2.1: packets of its tunnel are captured on eth0',
  ],
  [{ tag: 'client-queued', client: '192.0.2.1', place: 3 }, '192.0.2.1: waiting at place 3'],
  [{ tag: 'client-refused', client: '192.0.2.1', reason: 'wrong secret' }, '192.0.2.1: refused: wrong secret'],
  [{ tag: 'client-closed', client: '192.0.2.1', reason: '\x1b[31mbye' }, '192.0.2.1: closed: \\x1b[31mbye'],
  [
    { tag: 'test-started', client: '192.0.2.1', test_id: 7, spec: spec({ streams: 4 }) },
    '192.0.2.1: test 7 started: TCP upload, 4 streams, 10 s',
  ],
  [
    { tag: 'test-ended', client: '192.0.2.1', test_id: 7, summary: '9.41 Gbit/s' },
    '192.0.2.1: test 7 ended: 9.41 Gbit/s',
  ],
];
test.each(MESSAGES)('%o is one line', (event, line) => {
  expect(createServerRows()(event)).toEqual([line]);
});
