import { expect, test } from 'vitest';
import { EventLog } from '../../../../src/tunnel/wireguard/counts.ts';

test('events that nobody fetches have an end, and are counted all the same', () => {
  const log = new EventLog();
  for (let i = 0; i < 10_000; i++) log.report(null, i, { tag: 'keepalive-sent' });
  let fetched = 0;
  while (log.poll()) fetched++;
  expect(fetched).toBe(4096);
  expect(log.counts.record()).toEqual({ 'keepalive-sent': 10_000 });
  log.report(null, 10_001, { tag: 'keepalive-sent' });
  expect(log.poll()).toMatchObject({ tag: 'keepalive-sent', at: 10_001 });
});
