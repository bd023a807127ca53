import { describe, expect, test } from 'vitest';
import type { HttpRun } from '../../../../src/core/shapes/path/http.ts';
import { HttpTally } from '../../../../src/path/http/http-tally.ts';

const RUN: HttpRun = {
  address: '192.0.2.1',
  family: 4,
  from: null,
  round: 0,
  warmup: false,
  resolve_ns: null,
  connect_ns: 10,
  tls_ns: 20,
  first_byte_ns: 30,
  transfer_ns: 40,
  total_ns: 100,
  status: 200,
  body_bytes: 1000,
  failure: null,
};
const FAILED: HttpRun = {
  ...RUN,
  transfer_ns: null,
  total_ns: null,
  body_bytes: 3,
  failure: { phase: 'transfer', code: 'ECONNRESET', message: 'read ECONNRESET' },
};

describe('HttpTally', () => {
  test('counts each phase that was completed, of failed runs too', () => {
    const tally = new HttpTally();
    tally.record(RUN);
    tally.record(FAILED);
    tally.record({ ...FAILED, body_bytes: null, status: null });
    expect(tally.figures()).toMatchObject({
      runs: 3,
      runs_failed: 2,
      failures: [{ phase: 'transfer', code: 'ECONNRESET', count: 2 }],
      resolve_ns: { n: 0 },
      connect_ns: { n: 3 },
      first_byte_ns: { n: 3, max: 30 },
      transfer_ns: { n: 1 },
      total_ns: { n: 1, p50: 100 },
      statuses: [{ status: 200, count: 2 }],
    });
  });

  test('a body that was not received to its end has no size', () => {
    const tally = new HttpTally();
    tally.record(FAILED);
    expect(tally.figures().body_bytes).toBeNull();
    for (const body_bytes of [500, 1000, 700]) tally.record({ ...RUN, body_bytes });
    expect(tally.figures().body_bytes).toEqual({ min: 500, max: 1000 });
  });

  test('status codes come by how often they occurred, sixteen at most', () => {
    const tally = new HttpTally();
    for (let status = 400; status < 450; status++) tally.record({ ...RUN, status });
    tally.record({ ...RUN, status: 405 });
    const { statuses } = tally.figures();
    expect(statuses).toHaveLength(16);
    expect(statuses[0]).toEqual({ status: 405, count: 2 });
  });
});
