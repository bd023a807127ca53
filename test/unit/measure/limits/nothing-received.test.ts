import { describe, expect, test } from 'vitest';
import type { TestResult } from '../../../../src/core/shapes/result.ts';
import {
  firstTestError,
  isNothingReceived,
  ranToEnd,
  withNothingReceived,
} from '../../../../src/measure/limits/nothing-received.ts';
import { bandwidthOf, flowOf, latencyOf } from '../../../support/results.ts';

const PATH = '192.0.2.1';
const SILENT = flowOf({ bytes_sent: 125_000_000, bytes_received: 0, goodput_bps: 0 });
const BROKEN = { code: 'ERR_PEER_LOST', message: 'gone' };

const told = (result: TestResult): string | undefined => withNothingReceived(result).error?.message;

describe('withNothingReceived()', () => {
  test('says it of each direction, and that the test has no result', () => {
    const result = withNothingReceived(bandwidthOf({ path: PATH, flows: [flowOf(), SILENT] }));
    expect(result).toMatchObject({
      complete: false,
      error: {
        code: 'ERR_NOTHING_RECEIVED',
        message: 'upload: nothing of the 119 MiB that the client sent arrived at the server',
      },
    });
    expect([isNothingReceived(result.error), ranToEnd(result)]).toEqual([true, true]);
    const down = flowOf({ ...SILENT, direction: 'download', sender: 'server', receiver: 'client' });
    expect(told(bandwidthOf({ path: PATH, flows: [SILENT, down] }))).toBe(
      'upload: nothing of the 119 MiB that the client sent arrived at the server; ' +
        'download: nothing of the 119 MiB that the server sent arrived at the client',
    );
  });

  test.each([
    [
      { packets_sent: 12, bytes_sent: 12_288 },
      'upload: none of the 12 datagrams (12 KiB) that the client sent arrived at the server',
    ],
    [{ packets_sent: 1, bytes_sent: null }, 'none of the 1 datagram that the client sent arrived'],
    [{ bytes_sent: null }, 'nothing of what the client sent arrived at the server'],
    [{ bytes_sent: 0 }, 'upload: the client could send nothing'],
  ])('of %j it says: %s', (wish, words) => {
    expect(told(bandwidthOf({ path: PATH, flows: [{ ...SILENT, ...wish }] }))).toContain(words);
  });

  test('probes without one answer are no result either', () => {
    const probes = { path: PATH, packets_received: 0, packets_lost: 100, loss_ratio: 1 };
    expect(told(latencyOf(probes))).toBe('none of the 100 probes was answered');
    expect(told(latencyOf({ ...probes, packets_sent: 0 }))).toBe('no probe could be sent');
    expect(told(latencyOf({ ...probes, packets_received: 1 }))).toBeUndefined();
  });

  test.each([
    ['something arrived', bandwidthOf({ path: PATH })],
    ['the receiver did not tell', bandwidthOf({ path: PATH, flows: [flowOf({ bytes_received: null })] })],
    ['something else broke it', bandwidthOf({ path: PATH, flows: [SILENT], complete: false, error: BROKEN })],
    ['it was cut short', bandwidthOf({ path: PATH, flows: [SILENT], complete: false })],
  ])('leaves a result as it is when %s', (_name, result) => {
    expect(withNothingReceived(result)).toBe(result);
    expect(ranToEnd(result)).toBe(result.complete);
  });
});

test('a document says the first, with its path where there are several', () => {
  const silent = withNothingReceived(bandwidthOf({ path: '10.0.0.1', flows: [SILENT] }));
  expect(firstTestError([silent])?.message).toMatch(/^upload: nothing/);
  expect(firstTestError([bandwidthOf({ path: PATH }), silent])).toEqual({
    code: 'ERR_NOTHING_RECEIVED',
    message: expect.stringMatching(/^10\.0\.0\.1: upload: nothing/),
  });
  expect(firstTestError([bandwidthOf({ path: PATH })])).toBeNull();
});
