import { describe, expect, test } from 'vitest';
import { noTraceBack, traceBackOf } from '../../../../src/path/trace/trace-back.ts';
import { TRACED } from '../../../support/control-messages.ts';

const LOCAL = { address: '192.0.2.1', port: 40_000 };
const [ROUTER, END] = TRACED.hops;

describe('traceBackOf()', () => {
  test('gives hops their TTL, what is private, and what their answers mean', () => {
    const back = traceBackOf(TRACED, 30, LOCAL);
    expect(back).toMatchObject({
      source: { address: '203.0.113.1', port: 8888 },
      address: '192.0.2.1',
      port: 40_000,
      complete: true,
      error: null,
      max_hops: 30,
      reached: true,
      hop_count: 2,
      loss_ratio: 0,
    });
    expect(back.hops.map(({ ttl, status }) => [ttl, status])).toEqual([
      [1, 'ok'],
      [2, 'target'],
    ]);
    expect(back.hops[0]?.addresses).toEqual([
      { address: '203.0.113.2', name: null, answers: 3, private: false, guessed_return_hops: 1 },
    ]);
    expect(back.findings).toEqual([
      'no loss on the way to this host: 3 of 3 probes answered',
      'the probes back are UDP from port 8888 of the server to port 40000 of this host, as a download over UDP goes (-r -p udp); where routers share load, one over TCP may take another branch',
    ]);
  });

  test('a NAT is seen by address and by port', () => {
    for (const local of [
      { address: '10.0.0.9', port: 40_000 },
      { address: '192.0.2.1', port: 5 },
    ]) {
      const end = `${local.address}:${local.port}`;
      expect(traceBackOf(TRACED, 30, local).findings).toContain(
        `a NAT is on the way: this host sends from ${end}, and the server sees 192.0.2.1:40000`,
      );
    }
  });

  test('a way back that ends before this host', () => {
    if (ROUTER === undefined) throw new Error('no router');
    const silent = { ...ROUTER, addresses: [], probes_received: 0, loss_ratio: 1 };
    const back = traceBackOf({ ...TRACED, hops: [ROUTER, silent], reached: false }, 30, LOCAL);
    expect(back).toMatchObject({ reached: false, hop_count: null, loss_ratio: null, loop: null });
    expect(back.hops.map(({ status }) => status)).toEqual(['ok', 'no-answer']);
    expect(back.findings[0]).toBe(
      'no probe of the server arrived at this host, or no answer at the server; the last that answers is hop 1 (203.0.113.2). A filter and a router that fails look the same from there',
    );
  });

  test('a loop is named, and loss on the way is not blamed on a limit of ICMP', () => {
    if (ROUTER === undefined || END === undefined) throw new Error('no hops');
    const other = { ...ROUTER, addresses: [{ address: '203.0.113.9', answers: 3, guessed_return_hops: 1 }] };
    const looped = traceBackOf({ ...TRACED, hops: [ROUTER, other, ROUTER, other], reached: false }, 30, LOCAL);
    expect(looped.loop).toEqual(['203.0.113.2', '203.0.113.9']);
    const lossy = { ...END, probes_sent: 4, probes_received: 2, loss_ratio: 0.5 };
    const { findings, loss_ratio } = traceBackOf({ ...TRACED, hops: [ROUTER, lossy] }, 30, LOCAL);
    expect(loss_ratio).toBe(0.5);
    expect(findings[0]).toMatch(/^2 of 4 probes to this host lost \(50\.0%\)/);
    expect(findings[0]).not.toMatch(/limit their answers/);
  });

  test('what the server could not send, or broke off, is an error of the trace back', () => {
    expect(traceBackOf({ ...TRACED, refused: 'EACCES' }, 30, LOCAL)).toMatchObject({
      complete: false,
      error: { code: 'ERR_CONNECT', message: "the server's system sent not all probes: EACCES" },
    });
    expect(traceBackOf({ ...TRACED, complete: false }, 30, LOCAL)).toMatchObject({
      complete: false,
      error: { code: 'ERR_PEER_LOST' },
    });
  });
});

test('noTraceBack() has the reason and nothing that was not measured', () => {
  const back = noTraceBack({ code: 'ERR_UNSUPPORTED', message: 'why' }, 30);
  expect(back).toMatchObject({
    error: { message: 'why' },
    complete: false,
    hops: [],
    duration_ns: null,
    address: null,
  });
  expect(back.rtt_ns.n).toBe(0);
});
