import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientMessage, serverMessage, testSpec } from '../../../src/session/messages.ts';
import { check } from '../../../src/session/shape.ts';
import { MAX_REPORT_BYTES, MAX_RESPONSE_BYTES } from '../../../src/wire/control-frame.ts';
import { RECEIVED, REPORT, REQUESTS, RESPONSES, ROW, SENT, specOf } from '../../support/control-messages.ts';

const wire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** A path to every value inside, the value itself included. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [path, ...inner.flatMap(([key, one]) => pathsOf(one, [...path, key]))];
}

/** A copy with what is at `path` replaced, or left out where `by` is `undefined`. */
function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy: Record<string, unknown> = Array.isArray(value)
    ? (value.slice() as unknown as Record<string, unknown>)
    : { ...(value as Record<string, unknown>) };
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

test('the widest reports of 128 streams are within the limits of a frame', () => {
  // As many digits as a number has in JSON.
  const wide = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value), (_, one) => (typeof one === 'number' ? 0.1234567890123456e-10 : one));
  const bytes = (value: unknown): number => JSON.stringify(wide(value)).length;
  const all = <T>(one: T): readonly T[] => Array.from({ length: 128 }, () => one);
  expect(bytes({ type: 'stop', sent: all(SENT), aborted: false })).toBeLessThan(MAX_REPORT_BYTES);
  const slices = Array.from({ length: 64 }, () => 1);
  const report = { ...REPORT, sent: all(SENT), received: all({ ...RECEIVED, slices }) };
  expect(bytes({ type: 'result', report })).toBeLessThan(MAX_RESPONSE_BYTES);
});

describe.each([
  ['request', clientMessage, REQUESTS],
  ['response', serverMessage, RESPONSES],
] as const)('%s', (_name, shape, messages) => {
  test.each(Object.values(messages))('reads "$type" as it was written', (message) => {
    expect(check<unknown>(shape, wire(message))).toEqual({ ok: true, value: message });
  });

  test.each(Object.values(messages))('drops what a newer peer adds to "$type"', (message) => {
    expect(check<unknown>(shape, wire({ ...message, later: { x: 1 } }))).toEqual({ ok: true, value: message });
  });

  test('never throws, whatever JSON says', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(messages)), (value, type) => {
        check<unknown>(shape, value);
        const fields = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { value };
        check<unknown>(shape, { ...fields, type });
      }),
    );
  });

  const hostile = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(undefined, null, -1, 1e308, 0.5, -0, '__proto__', 'constructor', [], {}, [[]]),
  );

  test.each(Object.values(messages))('never throws on "$type" with a value replaced', (message) => {
    fc.assert(
      fc.property(fc.constantFrom(...pathsOf(message)), hostile, (path, by) => {
        const checked = check<unknown>(shape, replaced(message, path, by));
        // What passes is plain data: it survives the wire unchanged.
        if (checked.ok) expect(check<unknown>(shape, wire(checked.value)).ok).toBe(true);
      }),
    );
  });
});

describe('request bounds', () => {
  const refused = (message: unknown): void => expect(check(clientMessage, message).ok).toBe(false);

  test.each(['', '11'.repeat(31), '11'.repeat(33), '1'.repeat(63), 'AA'.repeat(32), 'gg'.repeat(32)])(
    'hello with nonce %j is refused: two nonces of one value must not differ in spelling',
    (nonce) => refused({ ...REQUESTS.hello, nonce }),
  );

  test('a stop reports 256 streams at most', () => {
    const stop = (n: number): unknown => ({ ...REQUESTS.stop, sent: new Array(n).fill(SENT) });
    expect(check(clientMessage, stop(256)).ok).toBe(true);
    refused(stop(257));
  });

  test('a request is not a response, nor the other way round', () => {
    // A ping is both.
    const ofOne = (message: { readonly type: string }): boolean => message.type !== 'ping';
    for (const message of Object.values(RESPONSES).filter(ofOne)) refused(message);
    for (const message of Object.values(REQUESTS).filter(ofOne)) expect(check(serverMessage, message).ok).toBe(false);
  });
});

describe('response bounds', () => {
  test('an interval message has 4096 rows at most', () => {
    const rows = (n: number): unknown => ({ type: 'interval', rows: new Array(n).fill(ROW) });
    expect(check(serverMessage, rows(4096)).ok).toBe(true);
    expect(check(serverMessage, rows(4097)).ok).toBe(false);
  });

  test('an error says at most 500 characters', () => {
    expect(check(serverMessage, { ...RESPONSES.error, message: 'x'.repeat(500) }).ok).toBe(true);
    expect(check(serverMessage, { ...RESPONSES.error, message: 'x'.repeat(501) }).ok).toBe(false);
  });

  test.each(['ab\n', '../x', 'AB', '', 'x'.repeat(65)])('a server id of %j is refused', (server_id) => {
    expect(check(serverMessage, { ...RESPONSES.challenge, server_id }).ok).toBe(false);
  });
});

describe('testSpec', () => {
  test.each([
    ['streams', [1, 128], [0, 129, 1.5, null]],
    ['rate_bps', [1, null], [0, -1, 0.5]],
    ['duration_ns', [1, null], [0, -1]],
    ['bytes', [1, null, 2 ** 53 - 1], [0, 2 ** 53]],
    ['warmup_ns', [0, 3600e9], [-1, 3600e9 + 1, null]],
    ['interval_ns', [10e6, 3600e9], [10e6 - 1, 0, null]],
    ['gap_ns', [100e3, 3600e9], [100e3 - 1, 0]],
    ['tos', [0, 255, null], [-1, 256]],
    ['congestion_control', ['bbr', 'cubic', null], ['', 'BBR', 'a b', '../x', 'x'.repeat(16)]],
    ['window_bytes', [1, 2 ** 30, null], [0, 2 ** 30 + 1]],
    ['mss_bytes', [48, 65_535, null], [47, 65_536]],
    ['test', ['bandwidth', 'latency'], ['mtu', '']],
    ['protocol', ['tcp', 'udp'], ['icmp']],
    ['direction', ['upload', 'download', 'bidirectional'], ['both']],
    ['no_delay', [true, false], [0, null]],
  ] as const)('%s is within its bounds', (field, good, wrong) => {
    const at = (value: unknown): unknown => ({ ...specOf({ length_bytes: 1000 }), [field]: value });
    for (const value of good) expect(check(testSpec, at(value)), `${value}`).toMatchObject({ ok: true });
    for (const value of wrong) expect(check(testSpec, at(value)).ok, `${value}`).toBe(false);
  });

  // A worker that writes headers into datagrams without room for them dies, and other clients' streams with it.
  test.each([
    ['bandwidth', 'tcp', 1, 16 * 1024 * 1024],
    ['bandwidth', 'udp', 28, 65_507],
    ['latency', 'udp', 52, 65_507],
    ['latency', 'tcp', 52, 65_507],
  ] as const)('length of a %s test over %s is %d to %d', (kind, protocol, least, most) => {
    const ok = (length_bytes: number): boolean => check(testSpec, specOf({ test: kind, protocol, length_bytes })).ok;
    expect([ok(least - 1), ok(least), ok(most), ok(most + 1)]).toEqual([false, true, true, false]);
  });

  test('names the field that is wrong by its path', () => {
    const open = { type: 'open', spec: specOf({ protocol: 'udp', length_bytes: 8 }) };
    expect(check(clientMessage, open)).toEqual({
      ok: false,
      reason: 'spec.length_bytes is not a whole number of 28 to 65507',
    });
  });
});

describe("a server's view of a test that failed", () => {
  const taken = (other: object) => check(serverMessage, { type: 'result', result: { ...REPORT, ...other } });

  test('is taken, and need not be there: an older server has none', () => {
    const value = { result: { udp_hellos: 25, failure: 'cannot send: EPERM' } };
    expect(taken(value.result)).toMatchObject({ ok: true, value });
    const none = { result: { udp_hellos: null, failure: null } };
    expect(taken({ udp_hellos: undefined, failure: undefined })).toMatchObject({ ok: true, value: none });
  });

  test('is bounded', () => {
    expect(taken({ failure: 'x'.repeat(501) }).ok).toBe(false);
    expect(taken({ udp_hellos: -1 }).ok).toBe(false);
  });
});

describe("a server's capture", () => {
  const { capture } = REPORT;
  const received = capture?.received;
  const [lane] = received?.lanes ?? [];
  const isTaken = (other: unknown): boolean =>
    check(serverMessage, { type: 'result', result: { ...REPORT, capture: other } }).ok;

  test('is taken, and need not be there', () => {
    expect([capture, null, undefined].map(isTaken)).toEqual([true, true, true]);
    const without = { type: 'result', result: { ...REPORT, capture: undefined } };
    expect(check(serverMessage, without)).toMatchObject({ ok: true, value: { result: { capture: null } } });
  });

  test.each<[string, unknown]>([
    ['an unknown reason', { ...capture, reason: 'because' }],
    ['a device of 65 characters', { ...capture, device: 'x'.repeat(65) }],
    ['half a packet', { ...capture, kernel_drops: 0.5 }],
    ['65 sessions', { ...capture, received: { ...received, lanes: new Array(65).fill(lane) } }],
    ['an index of 33 bits', { ...capture, received: { ...received, lanes: [{ ...lane, receiver_index: 2 ** 32 }] } }],
    ['less than nothing lost', { ...capture, received: { ...received, lanes: [{ ...lane, lost: -1 }] } }],
    [
      'a counter that is not exact',
      { ...capture, received: { ...received, lanes: [{ ...lane, counter_max: 2 ** 53 }] } },
    ],
    ['octets without end', { ...capture, received: { ...received, outer_bytes: 1e300 } }],
    ['a word', 'yes'],
  ])('%s is refused', (_what, other) => {
    expect(isTaken(other)).toBe(false);
  });

  test('an older client does not get what it does not request', () => {
    expect(check(clientMessage, { type: 'open', spec: specOf() })).toMatchObject({
      ok: true,
      value: { capture: null, trace: null, purpose: null, live_cpu: null },
    });
    expect(check(clientMessage, { type: 'open', spec: specOf(), capture: 1 }).ok).toBe(false);
  });
});

describe('the host in a result', () => {
  const withHost = (host: unknown) => check(serverMessage, wire({ type: 'result', result: { ...REPORT, host } }));
  const hostOf = (host: unknown) => {
    const checked = withHost(host);
    return checked.ok && checked.value.type === 'result' ? checked.value.result.host : checked;
  };

  test('is null from a server that knows nothing of it', () => {
    expect([hostOf(undefined), hostOf(null)]).toEqual([null, null]);
  });

  test('a medium, a duplex and a band that come later are unknown, and the rest is read', () => {
    const link = { ...REPORT.host?.link, medium: 'cellular', duplex: 'both' };
    const wireless = { ...REPORT.host?.link?.wireless, band_ghz: 60 };
    expect(hostOf({ ...REPORT.host, link: { ...link, wireless } })).toEqual({
      ...REPORT.host,
      link: { ...REPORT.host?.link, medium: 'unknown', duplex: null, wireless: { ...wireless, band_ghz: null } },
    });
  });

  test.each([
    ['a text that is too long', { details: { ...REPORT.host?.details, system: 'x'.repeat(256) } }],
    ['a signal that no antenna has', { link: { ...REPORT.host?.link, wireless: { signal_dbm: -1e9 } } }],
    ['a rate of none', { link: { ...REPORT.host?.link, speed_bps: 0 } }],
  ])('%s is refused', (_what, change) => expect(withHost({ ...REPORT.host, ...change }).ok).toBe(false));
});

test('a kind of path that a newer server knows is some tunnel', () => {
  const { welcome } = RESPONSES;
  const told = check(serverMessage, wire(replaced(welcome, ['path', 'kind'], 'carrier-pigeon')));
  expect(told).toMatchObject({ ok: true, value: { path: { kind: 'other-tunnel' } } });
  expect(check(serverMessage, wire(replaced(welcome, ['path', 'kind'], 7)))).toMatchObject({ ok: false });
});

test('a server of an older version sends no encapsulation', () => {
  const { welcome } = RESPONSES;
  const told = check(serverMessage, wire(replaced(welcome, ['path', 'encapsulation'], undefined)));
  expect(told).toMatchObject({ ok: true, value: { path: { encapsulation: null } } });
});
