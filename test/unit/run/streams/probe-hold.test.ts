import { describe, expect, test } from 'vitest';
import { Keepalives } from '../../../../src/measure/keepalive.ts';
import { TestBoard } from '../../../../src/measure/test-board.ts';
import { ProbeSession } from '../../../../src/run/streams/probe-session.ts';
import type { StreamReport } from '../../../../src/run/streams/stream-plan.ts';
import { specOf } from '../../../support/control-messages.ts';
import { TOKEN } from '../../../support/datagrams.ts';

const S = 1e9;
const GAP = S / 10;

/** A prober that sends what is due at the time, until `end`; it hears a keepalive at each time of `signs`. */
function probe(protocol: 'tcp' | 'udp', end: number, signs: readonly number[]) {
  const spec = specOf({ test: 'latency', protocol, length_bytes: 64, gap_ns: GAP, duration_ns: end, warmup_ns: 0 });
  const reports: StreamReport[] = [];
  const plan = {
    id: 1,
    stream: 0,
    role: 'probe',
    direction: 'upload',
    board: TestBoard.forStreams(1).memory,
    spec,
    token: TOKEN,
    rateBps: null,
    heldBps: null,
    trace: null,
    bytes: null,
    socket: null,
  } as const;
  const session = new ProbeSession(plan, 0, (report) => reports.push(report));
  const keepalives = new Keepalives(plan);
  keepalives.begin(0);
  const sent: number[] = [];
  for (let now = 0; now < end + 3 * S; now += GAP / 10) {
    if (signs.includes(now)) {
      const bytes = keepalives.take(now) ?? new Uint8Array();
      session.handleBytes(new DataView(bytes.buffer), 0, bytes.length, now);
    }
    if (session.dueAt <= now) {
      session.handleSent(now);
      sent.push(now);
    }
    if (session.tick(now, 'user', () => null)) break;
  }
  const measured = reports.find((report) => report.tag === 'measured');
  return { sent, measured: measured?.tag === 'measured' ? measured.report : undefined };
}

describe('a UDP prober', () => {
  test('sends nothing 9 s after the last datagram received, and still ends in time', () => {
    const { sent, measured } = probe('udp', 30 * S, [2 * S]);
    expect([sent[0], sent.at(-1)]).toEqual([0, 11 * S - GAP]);
    expect([sent.length, measured?.packets_sent]).toEqual([110, 110]);
  });

  test('continues after the next datagram received, on schedule, without sending missed probes', () => {
    const { sent, measured } = probe('udp', 30 * S, [2 * S, 15.03 * S, 24 * S]);
    const again = sent.filter((at) => at > 11 * S);
    expect(again.slice(0, 3)).toEqual([15.1 * S, 15.2 * S, 15.3 * S]);
    expect(again.at(-1)).toBe(30 * S - GAP);
    expect([sent.length, measured?.packets_sent]).toEqual([110 + 149, 110 + 149]);
  });

  test('misses no probe while datagrams are received', () => {
    const { sent } = probe('udp', 30 * S, [8 * S, 16 * S, 24 * S]);
    expect(sent).toHaveLength(300);
  });
});

test('a TCP prober does not stop', () => {
  expect(probe('tcp', 30 * S, []).sent).toHaveLength(300);
});
