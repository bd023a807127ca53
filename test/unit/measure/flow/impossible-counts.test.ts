import { describe, expect, test } from 'vitest';
import type { ReceiverReport, SenderReport } from '../../../../src/core/shapes/stream-report.ts';
import { impossibleCounts, impossibleProbes } from '../../../../src/measure/flow/impossible-counts.ts';
import { RECEIVED, SENT } from '../../../support/control-messages.ts';

const sender = (wish: Partial<SenderReport>): SenderReport => ({ ...SENT, warmup_bytes: 0, ...wish });
const receiver = (wish: Partial<ReceiverReport>): ReceiverReport => ({ ...RECEIVED, packets: null, ...wish });
const WHY = 'an end miscounts, or somebody joined in';

describe('impossibleCounts()', () => {
  test.each([
    ['as much as was sent', { bytes: 1000 }, { bytes: 1000 }],
    ['less', { bytes: 1000 }, { bytes: 999 }],
    ['what the sender left out as warm-up', { bytes: 1000, warmup_bytes: 50 }, { bytes: 1050 }],
    ['as many datagrams', { bytes: 1000, packets: 10 }, { bytes: 1000, packets: 10 }],
    ['nothing of nothing', { bytes: 0, packets: 0 }, { bytes: 0, packets: 0 }],
  ])('is silent about %s', (_name, sent, received) => {
    expect(impossibleCounts('upload', [sender(sent)], [receiver(received)])).toEqual([]);
  });

  test.each([
    [{ bytes: 1000 }, { bytes: 1001 }, `download: stream 0 received 1001 bytes of 1000 sent: ${WHY}`],
    [{ bytes: 1000, warmup_bytes: 50 }, { bytes: 1051 }, `download: stream 0 received 1051 bytes of 1050 sent: ${WHY}`],
    [{ packets: 10 }, { packets: 11 }, `download: stream 0 received 11 datagrams of 10 sent: ${WHY}`],
    [{ bytes: 0 }, { bytes: 1 }, `download: stream 0 received 1 bytes of 0 sent: ${WHY}`],
  ])('warns of %j against %j', (sent, received, warning) => {
    expect(impossibleCounts('download', [sender(sent)], [receiver(received)])).toEqual([warning]);
  });

  test('sees one stream among many whose sum is possible, and counts the others', () => {
    const senders = [0, 1, 2, 3].map((stream) => sender({ stream, bytes: 1000 }));
    const bytes = [10, 1001, 20, 1002];
    const receivers = bytes.map((one, stream) => receiver({ stream, bytes: one }));
    expect(impossibleCounts('upload', senders, receivers)).toEqual([
      `upload: stream 1 received 1001 bytes of 1000 sent (and 1 more streams): ${WHY}`,
    ]);
  });

  test('does not judge a stream of which one end is unknown', () => {
    expect(impossibleCounts('upload', [], [receiver({ bytes: 5 })])).toEqual([]);
    expect(impossibleCounts('upload', [sender({ stream: 1, bytes: 1 })], [receiver({ bytes: 5 })])).toEqual([]);
  });
});

test('impossibleProbes() warns of more probes than were sent', () => {
  expect(impossibleProbes(10, null)).toEqual([]);
  expect(impossibleProbes(10, 10)).toEqual([]);
  expect(impossibleProbes(10, 11)).toEqual([`the server received 11 probes of 10 sent: ${WHY}`]);
});
