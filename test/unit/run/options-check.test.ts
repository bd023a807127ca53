import { describe, expect, test } from 'vitest';
import { connect } from '../../../src/run/client/client.ts';
import { lab } from '../../../src/run/lab/lab.ts';
import { serve } from '../../../src/run/server/server.ts';

/** What a program without types may hand over. */
const call = (take: (options: never) => Promise<unknown>, options: unknown): Promise<unknown> => take(options as never);

/** Port 9 (discard): that none of these gets as far as a connection shows in the code of the error. */
const HOST = { host: '127.0.0.1', port: 9 };

describe('connect()', () => {
  test.each<[unknown, RegExp]>([
    [{ streams: 0 }, /^tests\[0\]\.streams is not a whole number of 1 to 128$/],
    [{ streams: '4' }, /^tests\[0\]\.streams /],
    [{ test: 'ping' }, /^tests\[0\]\.test is none of bandwidth, latency, connections$/],
    [{ protocol: 'sctp' }, /^tests\[0\]\.protocol is none of tcp, udp$/],
    [{ direction: 'sideways' }, /^tests\[0\]\.direction is none of /],
    [{ rate_bps: -1 }, /^tests\[0\]\.rate_bps /],
    [{ rate_bps: Number.NaN }, /^tests\[0\]\.rate_bps /],
    [{ duration_ns: 1.5 }, /^tests\[0\]\.duration_ns /],
    [{ bytes: 0 }, /^tests\[0\]\.bytes /],
    [{ warmup_ns: null }, /^tests\[0\]\.warmup_ns /],
    [{ interval_ns: 0 }, /^tests\[0\]\.interval_ns /],
    [{ test: 'latency', gap_ns: 1 }, /^tests\[0\]\.gap_ns /],
    [{ length_bytes: 1e9 }, /^tests\[0\]\.length_bytes 1000000000: a tcp bandwidth test takes 1 to 16777216 bytes$/],
    [{ tos: 256 }, /^tests\[0\]\.tos /],
    [{ congestion_control: 'no such thing' }, /^tests\[0\]\.congestion_control /],
    [{ window_bytes: -1 }, /^tests\[0\]\.window_bytes /],
    [{ mss_bytes: 5 }, /^tests\[0\]\.mss_bytes /],
    [{ no_delay: 'yes' }, /^tests\[0\]\.no_delay is not true or false$/],
    [{ stream: 4 }, /^tests\[0\]\.stream: there is no such field; there are .*streams/],
    [null, /^tests\[0\] is not an object$/],
    ['b', /^tests\[0\] is not an object$/],
  ])('a test %j is ERR_USAGE', async (spec, message) => {
    await expect(call(connect, { ...HOST, tests: [spec] })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringMatching(message),
    });
  });

  test('names which of several tests is wrong', async () => {
    const tests = [{}, { protocol: 'udp' }, { streams: 129 }];
    await expect(call(connect, { ...HOST, tests })).rejects.toThrow(/^tests\[2\]\.streams /);
  });

  test.each<[unknown, RegExp]>([
    [undefined, /^what connect takes is not an object$/],
    [{}, /^host /],
    [{ ...HOST, host: '' }, /^host /],
    [{ ...HOST, port: 70_000 }, /^port is not a whole number of 1 to 65535$/],
    [{ ...HOST, tests: 'b' }, /^tests is not a list/],
    [{ ...HOST, tests: [] }, /^tests is empty/],
    [{ ...HOST, via: '10.0.0.2' }, /^via is not a list/],
    [{ ...HOST, rounds: 0 }, /^rounds /],
    [{ ...HOST, engine: 'fast' }, /^engine is none of auto, portable$/],
    [{ ...HOST, local_address: 'nohost' }, /^local_address is not an IP address of this host or null$/],
    [{ ...HOST, family: 5 }, /^family is not 4, 6 or null$/],
    [{ ...HOST, secret: 'correct horse battery' }, /^secret is not a Uint8Array or null$/],
    [{ ...HOST, signal: {} }, /^signal is not an AbortSignal or null$/],
    [{ ...HOST, onEvent: 'x' }, /^onEvent is not a function$/],
    [{ ...HOST, test: [] }, /^test: there is no such field; there are host, .*$/],
  ])('%j is ERR_USAGE', async (options, message) => {
    await expect(call(connect, options)).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringMatching(message),
    });
  });
});

describe('lab()', () => {
  const line = { rate_bps: null, delay_ns: 0, loss_ratio: 0, mtu_bytes: 1500 };

  test.each<[unknown, RegExp]>([
    [undefined, /^what lab takes is not an object$/],
    [{}, /^line is not an object$/],
    [{ line: { ...line, rate_bps: 1 } }, /^line\.rate_bps is not a whole number of 1000000 to /],
    [{ line: { ...line, delay_ns: -1 } }, /^line\.delay_ns /],
    [{ line: { ...line, loss_ratio: 1 } }, /^line\.loss_ratio is not a number of 0 to 0\.5$/],
    [{ line: { ...line, mtu_bytes: 100 } }, /^line\.mtu_bytes /],
    [{ line, nest: 'yes' }, /^nest /],
    [{ line, rounds: 3 }, /^rounds: there is no such field/],
  ])('%j is ERR_USAGE', async (options, message) => {
    await expect(call(lab, options)).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringMatching(message),
    });
  });
});

describe('serve()', () => {
  test.each<[unknown, RegExp]>([
    [null, /^what serve takes is not an object$/],
    [{ port: -1 }, /^port /],
    [{ addresses: '::1' }, /^addresses is not a list/],
    [{ family: 7 }, /^family /],
    [{ engine: 'x' }, /^engine /],
    [{ limits: { max_clients: 0 } }, /^limits\.max_clients /],
    [{ maxClients: 3 }, /^maxClients: there is no such field/],
  ])('%j is ERR_USAGE', async (options, message) => {
    await expect(call(serve, options)).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringMatching(message),
    });
  });

  test('an undefined field counts as missing', async () => {
    const options = { addresses: ['127.0.0.1'], port: 0, engine: undefined, limits: undefined };
    const server = (await call(serve, options)) as Awaited<ReturnType<typeof serve>>;
    expect(server.port).toBeGreaterThan(0);
    await server.close();
  });
});
