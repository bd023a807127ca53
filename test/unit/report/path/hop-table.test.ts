import { expect, test } from 'vitest';
import { displayWidth } from '../../../../src/core/printable.ts';
import { hopLines } from '../../../../src/report/path/hop-table.ts';
import { atWidth } from '../../../../src/report/text/layout.ts';
import { createPaint } from '../../../../src/report/text/paint.ts';
import { hop, hopAddress } from './samples.ts';

const PLAIN = createPaint(false);
const LONG = 'ae-17-0.a-router-with-a-very-long-name.in-a-city.isp.example';

test.each([60, 80, 100, 160])('no line is wider than %d columns, whatever the names and figures', (width) => {
  const hops = [
    hop(1, { addresses: [hopAddress('192.0.2.1', LONG), hopAddress('2001:db8:1234:5678:9abc:def0:1234:5678', LONG)] }),
    hop(100, { worst_ns: 99e9, jitter_ns: 1e12, probes_sent: 123_456, loss_ratio: 0.00012, mtu_bytes: 1400 }),
    hop(3, {
      status: 'loss-begins',
      words:
        'loss of 18.8% begins here or right before, and goes on to the target, and it answers only some probes besides',
    }),
    hop(4, { status: 'unreachable', words: 'says: network unreachable for this type of service' }),
  ];
  for (const kind of ['trace', 'mtr'] as const) {
    for (const spark of [true, false]) {
      const lines = atWidth(width, () => hopLines(hops, kind, PLAIN, spark));
      for (const line of lines) expect(displayWidth(line), line).toBeLessThanOrEqual(width);
      expect(lines.join(' ').replace(/ +/g, ' ')).toContain('takes 1400 bytes at most');
    }
  }
});

test.each([60, 80, 100])('at %d columns, an address is whole, and only its name is cut', (width) => {
  const addresses = ['192.0.2.1', '198.51.100.254', '203.0.113.7'].map((address) =>
    hopAddress(address, 'x'.repeat(63)),
  );
  for (const kind of ['trace', 'mtr'] as const) {
    const text = atWidth(width, () => hopLines([hop(1, { addresses })], kind, PLAIN, false)).join('\n');
    for (const { address } of addresses) expect(text).toContain(address);
    expect(text).toMatch(/xxx… \(198\.51\.100\.254\)/);
  }
  const wide = hopAddress('2001:db8:1234:5678:9abc:def0:1234:5678', LONG);
  const text = atWidth(width, () => hopLines([hop(1, { addresses: [wide] })], 'mtr', PLAIN, false)).join('\n');
  expect(text).toContain(wide.address);
});

test('a hop with several addresses shows four, and counts the others', () => {
  const addresses = Array.from({ length: 9 }, (_, i) => hopAddress(`192.0.2.${i + 1}`));
  const lines = hopLines([hop(1, { addresses })], 'trace', PLAIN, false);
  expect(lines.slice(1).map((line) => line.trim().split('  ')[0])).toEqual([
    '1 192.0.2.1',
    '192.0.2.2',
    '192.0.2.3',
    '192.0.2.4',
    'and 5 more',
  ]);
});

test('the status is beside the figures where there is room, else below', () => {
  const some = hop(2, { status: 'answers-some', words: 'answers only some probes; the loss does not go on' });
  expect(atWidth(80, () => hopLines([some], 'trace', PLAIN, false))[1]).toMatch(/answers only some$/);
  expect(atWidth(80, () => hopLines([some], 'mtr', PLAIN, false))[2]).toBe(`    ${some.words}`);
  expect(atWidth(120, () => hopLines([some], 'mtr', PLAIN, false))[1]).toMatch(/answers only some$/);
});
