import { describe, expect, test } from 'vitest';
import type { PathTestResult } from '../../../../src/core/shapes/path/document.ts';
import { formatPathSummary } from '../../../../src/report/path/path-summary.ts';
import { rowLine } from '../../../../src/report/path/row-lines.ts';
import { createPaint } from '../../../../src/report/text/paint.ts';
import { connectionsResult, httpResult, pingResult, pingRow, times } from './lane-samples.ts';
import { direction, mtuResult } from './mtu-samples.ts';
import { pathDocument, trace } from './samples.ts';

const PLAIN = createPaint(false);

function lines(...tests: readonly PathTestResult[]): readonly string[] {
  const text = formatPathSummary(pathDocument({ tests }), { color: false });
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  return text.split('\n');
}

describe('rows of a ping', () => {
  test.each([
    [{}, '198.51.100.7: seq=3 ttl=57 time=12.34ms'],
    [{ warmup: true }, '198.51.100.7: seq=3 ttl=57 time=12.34ms (warm-up)'],
    [{ from: 'wg0' }, 'wg0 to 198.51.100.7: seq=3 ttl=57 time=12.34ms'],
    [{ port: 443, ttl: null, retransmitted: true }, '198.51.100.7:443: seq=3 time=12.34ms (SYN sent again)'],
    [{ outcome: 'duplicate' }, '198.51.100.7: seq=3 ttl=57 time=12.34ms (duplicate)'],
    [{ answered_by: '10.9.9.9' }, '198.51.100.7: seq=3 ttl=57 time=12.34ms answered by 10.9.9.9'],
    [
      { outcome: 'failed', code: 'EHOSTUNREACH', answered_by: '10.0.0.1' },
      '198.51.100.7: seq=3 host unreachable (EHOSTUNREACH), says 10.0.0.1, after 12.34ms',
    ],
    [
      { outcome: 'failed', code: 'ETIMEDOUT', answered_by: null, rtt_ns: 3e9 },
      '198.51.100.7: seq=3 no answer, after 3.000s',
    ],
    [
      { outcome: 'failed', code: 'ECONNREFUSED', port: 443 },
      '198.51.100.7:443: seq=3 refused (ECONNREFUSED), after 12.34ms',
    ],
    [{ from: '\x1b[31m' }, '\\x1b[31m to 198.51.100.7: seq=3 ttl=57 time=12.34ms'],
  ] as const)('%j', (changes, want) => {
    expect(rowLine({ tag: 'ping', row: pingRow(changes) }, PLAIN)).toBe(want);
  });

  test('a latency test shows failures only', () => {
    expect(rowLine({ tag: 'ping', row: pingRow({ test: 'latency' }) }, PLAIN)).toBeNull();
    const failed = pingRow({ test: 'latency', outcome: 'failed', code: 'ETIMEDOUT' });
    expect(rowLine({ tag: 'ping', row: failed }, PLAIN)).toContain('no answer');
  });
});

describe('the summary', () => {
  test('of a ping without loss', () => {
    const text = lines(pingResult());
    expect(text[0]).toBe('ping to host.example (198.51.100.7:443), TCP by tcp connect');
    expect(text).toContain('10 probes, 10 answered, lost 0');
    expect(text.join('\n')).not.toMatch(/NOT kept|duplicate|times/);
  });

  test('of a ping in which everything odd happened', () => {
    const text = lines(
      pingResult({
        packets_received: 4,
        packets_lost: 5,
        packets_pending: 1,
        loss_ratio: 5 / 9,
        packets_late: 2,
        packets_duplicated: 200,
        packets_reordered: 1,
        packets_retransmitted: 3,
        loss_runs: { n: 2, mean: 2.5, max: 4 },
        failures: [
          { code: 'EHOSTUNREACH', from: '10.0.0.1', count: 4 },
          { code: 'ETIMEDOUT', from: null, count: 1 },
        ],
        answered_by: ['10.9.9.9'],
        schedule: { gap_ns: 1e9, lateness_ns: times(10, 5), late_ratio: 0.2, kept: false, skipped: 7 },
      }),
    ).join('\n');
    expect(text).toContain('10 probes, 4 answered, lost 5 (55.6%), 1 still waited for at the end');
    expect(text).toMatch(/, 2 runs of\s+loss, longest 4\n/);
    expect(text).toContain('  4 times host unreachable (EHOSTUNREACH), says 10.0.0.1\n  1 time no answer\n');
    expect(text).toContain('2 of the lost were answered after 3 s');
    expect(text).toContain('200 duplicates\n1 out of order\n3 connections needed a second SYN');
    expect(text).toContain('answered by 10.9.9.9, not by the target');
    expect(text).toMatch(/NOT kept: 20\.0% of the probes over 1 ms late,\s+worst 10 ms; 7 probes left out/);
  });

  test('of connections', () => {
    const text = lines(connectionsResult()).join('\n');
    expect(text).toContain('4322 connections a second: 43216 in 10 s, none failed, 4 at a time');
    const failures = [{ code: 'ECONNREFUSED', from: '198.51.100.7', count: 9 }];
    expect(text).not.toContain('SYN');
    const repeated = { n: 1, told_by: 'kernel', wait_ns: 1.01e9, others_per_s: 100 } as const;
    const lost = { streams: 1, duration_ns: 2.01e9, connections_opened: 101, opened_per_s: 101 / 2.01 };
    const halved = lines(connectionsResult({ ...lost, repeated_syns: repeated }));
    expect(halved.join(' ')).toContain('50 connections a second: 101 in 2.01');
    expect(halved.join(' ')).toMatch(
      /1 connection needed a second SYN: a packet was lost, .* took 1\.01 s of the 2\.01 s that the stream had; without\s+them it was 100 a second/,
    );
    const guessed = { ...repeated, told_by: 'time', others_per_s: null } as const;
    const words = lines(connectionsResult({ ...lost, streams: 4, repeated_syns: guessed })).join(' ');
    expect(words).toMatch(/1 connection took 1 s or more, .* of the\s+8\.04 s\s+that all\s+4 streams had/);
    const bad = lines(connectionsResult({ opened_per_s: null, connections_failed: 9, failure_ratio: 0.9, failures }));
    expect(bad.join('\n')).toContain('- connections a second');
    const none = connectionsResult({ connections_opened: 0, connect_ns: times(0, 0) });
    expect(lines(none).join('\n')).not.toContain('set up in');
    expect(bad).toContain('  9 times refused (ECONNREFUSED), says 198.51.100.7');
  });

  test('of a path MTU without an answer: no round trip', () => {
    const forward = direction({ path_mtu_bytes: null, min_rtt_ns: null, probes_sent: 11 });
    const text = lines(mtuResult({ forward, backward: null }));
    expect(text).toContain('  11 probes in 700.0ms');
  });

  test('of HTTP', () => {
    const text = lines(httpResult({ redirect: 'https://other.example/' }));
    expect(text.filter((line) => /^(resolve|connect|TLS|first byte|transfer|total) /.test(line))).toHaveLength(6);
    expect(text).toContain('10 runs, none failed: HTTP/1.1 200, body 1.23KiB');
    expect(text).toContain('redirects, which are not followed; write -x https://other.example/');
    expect(text.join('\n')).toMatch(/valid to\s+2026-12-05, 5 days left/);
  });

  test.each([
    ['https://other.example/a?b=c&d', "redirects, which are not followed; write -x 'https://other.example/a?b=c&d'"],
    ["http://a/;reboot'$(x)`y`", "redirects, which are not followed; write -x 'http://a/;reboot%27$(x)`y`'"],
    ['javascript:alert(1)', 'redirects to javascript:alert(1), which is not of http:// or https://'],
  ])('of HTTP that redirects to %s', (redirect, line) => {
    expect(lines(httpResult({ redirect })).join(' ')).toContain(line);
  });

  test('of HTTP whose response did not end: there was an answer', () => {
    const failure = { phase: 'transfer', code: 'ETIMEDOUT', message: 'it took longer than 2 s' } as const;
    const text = lines(httpResult({ runs_failed: 3, failures: [{ ...failure, count: 3 }] }));
    expect(text).toContain('  3 times transfer: no end of the response: it took longer than 2 s');
  });

  test('of HTTP that failed, without a phase that was never reached', () => {
    const none = times(0, 0);
    const message = 'it took longer than 10 s';
    const text = lines(
      httpResult({
        runs_failed: 10,
        failures: [{ phase: 'tls', code: 'ETIMEDOUT', message, count: 10 }],
        tls_ns: none,
        first_byte_ns: none,
        transfer_ns: none,
        total_ns: none,
        statuses: [],
        http_version: null,
        body_bytes: null,
        tls: null,
      }),
    );
    expect(text.filter((line) => /^(TLS|first byte|transfer|total) /.test(line))).toEqual([]);
    expect(text).toContain('10 runs, 10 failed: no answer of HTTP');
    expect(text).toContain('  10 times TLS: no answer');
  });
});

describe('lanes side by side', () => {
  const compared = {
    source: { address: '192.0.2.10', device: null },
    family: 4,
    address: '198.51.100.7',
    rounds: 10,
    median_ratio: 1.5,
    ratio_ci95: [1.2, 1.8],
    median_difference_ns: 10e6,
  } as const;

  test('sources by name, with ratio and difference', () => {
    const wg = { address: '10.0.0.2', device: 'wg0' };
    const text = lines(httpResult(), httpResult({ source: wg, compared })).join('\n');
    expect(text).toMatch(/\n +192\.0\.2\.10 +wg0\n/);
    // What they have in common is told once.
    expect(text.match(/https:\/\/host\.example\/\n|certificate CN=host/g)).toHaveLength(2);
    expect(text).toMatch(
      /wg0 compared with 192\.0\.2\.10: 1\.50 times \(95 % interval 1\.20 to 1\.80\), \+10\.00ms;\s+medians of 10 paired rounds/,
    );
  });

  test('families by number', () => {
    const v6 = { family: 6, address: '2001:db8::7', source: { address: '2001:db8::1', device: null } } as const;
    const faster = { ...compared, median_ratio: 0.5, ratio_ci95: null, median_difference_ns: -10e6 };
    const text = lines(pingResult(), pingResult({ ...v6, compared: faster })).join('\n');
    expect(text).toMatch(/\n +IPv4 +IPv6\n/);
    expect(text).toContain('IPv6 compared with IPv4: 0.500 times, -10.00ms; medians of 10 paired rounds');
  });

  test('without a common round it says so', () => {
    const none = { ...compared, rounds: 0, median_ratio: null, ratio_ci95: null, median_difference_ns: null };
    const text = lines(connectionsResult(), connectionsResult({ compared: none })).join('\n');
    expect(text).toContain('no round in which both answered');
  });

  test('traces: hops, loss and round trips, each table under the name of its lane', () => {
    const base = trace({ source: { address: '192.0.2.10', device: 'eth0' } });
    const wg = { address: '10.0.0.2', device: 'wg0' };
    const more = { ...compared, hop_difference: -3, loss_ratio_added: 0.02 };
    const through = trace({ source: wg, hop_count: 1, loss_ratio: 0.02, compared: more });
    const text = lines(base, through).join('\n');
    expect(text).toMatch(/^mtr to .* by udp error\s+queue, from eth0\n/);
    expect(text).toMatch(/\nmtr to .* by udp error\s+queue, from wg0\n/);
    expect(text).toMatch(/wg0 compared with eth0: 1 hop against 4; loss 2\.00% against 0%\n/);
    expect(text).toMatch(/wg0 compared with eth0: 1\.50 times .*, \+10\.00ms;\s+medians of 10 paired/);
    const lost = lines(base, trace({ source: wg, reached: false, hop_count: null, compared: more })).join('\n');
    expect(lost).toContain('wg0 compared with eth0: the target was not reached from wg0\n');
    expect(lost).not.toContain('paired rounds');
  });

  test('addresses of --via by what was typed', () => {
    const text = lines(trace(), trace({ via: 'inside.example', address: '10.0.0.2' })).join('\n');
    expect(text).toContain('\nmtr to inside.example (10.0.0.2:33434), UDP');
    expect(text).toMatch(/\n +198\.51\.100\.7 +inside\.example\n/);
    expect(text).not.toContain(', from');
  });

  test.each([
    [
      1420,
      'path MTU 1420 against 1500, 80 octets less; WireGuard over 1500 has room for 1440 over IPv4, 1420 over IPv6',
    ],
    [
      1440,
      'path MTU 1440 against 1500, 60 octets less; WireGuard over 1500 has room for 1440 over IPv4, 1420 over IPv6',
    ],
    [1441, '1440 over IPv4, 1420 over IPv6: larger packets pass in fragments only'],
    [null, 'no path MTU was found for wg0'],
  ])('path MTUs: a tunnel of %s over a line of 1500', (size, words) => {
    const wireguard = [4, 6].map((outer) => ({
      outer_family: outer as 4 | 6,
      mtu_bytes: 1500 - (outer === 4 ? 60 : 80),
      arithmetic: '',
    }));
    const base = mtuResult({ path_mtu_bytes: 1500, wireguard, source: { address: '192.0.2.10', device: 'eth0' } });
    const { source, family, address } = base;
    const tunnel = mtuResult({
      path_mtu_bytes: size,
      source: { address: '10.0.0.2', device: 'wg0' },
      tunnel_device: { device: 'wg0', kind: 'wireguard', mtu_bytes: 1420, faults: [] },
      compared: { source, family, address, mtu_difference_bytes: size === null ? null : size - 1500 },
    });
    const text = lines(base, tunnel).join(' ').replaceAll(/ +/g, ' ');
    expect(text).toContain('wg0 compared with eth0: ');
    expect(text).toContain(words);
    expect(text.includes('fragments only')).toBe(size === 1441);
  });

  test('one lane has no table of its own', () => {
    expect(lines(pingResult()).join('\n')).not.toContain('compared');
  });
});
