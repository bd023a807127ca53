import { describe, expect, test } from 'vitest';
import type { TcpFacts } from '../../../../src/core/shapes/flow.ts';
import { TestBoard } from '../../../../src/measure/test-board.ts';
import { type LinuxStreamDeps, NEVER } from '../../../../src/run/linux/stream.ts';
import { LinuxTcpSend } from '../../../../src/run/linux/tcp-send.ts';
import { monotonicNow } from '../../../../src/run/monotonic.ts';
import type { StreamReport } from '../../../../src/run/streams/stream-plan.ts';
import { specOf } from '../../../support/control-messages.ts';

const MS = 1e6;

/** struct tcp_info with some retransmits, of which the kernel filled so much. */
function tcpInfo(retransmits: number, length: number): DataView {
  const view = new DataView(new ArrayBuffer(248));
  view.setUint32(100, retransmits, true);
  return new DataView(view.buffer, 0, length);
}

/** A sender on a connection that takes nothing, asked for TCP_INFO as often as `answers` has one. */
function senderOf(answers: readonly (DataView | null)[]) {
  const reports: StreamReport[] = [];
  const asked: number[] = [];
  let begun = 0;
  const ends: string[] = [];
  const socket = {
    fd: 3,
    close: () => ends.push('close'),
    reset: () => ends.push('reset'),
    tcpInfo: () => answers[Math.min(answers.length - 1, asked.push(0) - 1)] ?? null,
    congestionControl: () => 'cubic',
    finish: () => undefined,
    pendingError: () => 0,
  };
  const thread = {
    libc: { send: () => -1, wouldBlock: () => true },
    bulk: { address: 0, bytes: new Uint8Array(1024) },
    threadTime: () => {
      begun++;
      return null;
    },
    waitTime: () => null,
    report: (report: StreamReport) => reports.push(report),
  };
  const spec = specOf({ duration_ns: 1000 * MS, interval_ns: 1000 * MS });
  const plan = { id: 1, stream: 0, direction: 'upload', spec, rateBps: null, bytes: null };
  const deps = { socket, thread, plan: { ...plan, board: TestBoard.forStreams(1).memory } };
  const sender = new LinuxTcpSend(deps as unknown as LinuxStreamDeps);
  const facts = (): TcpFacts | null => {
    const last = reports.find((report) => report.tag === 'sent');
    return last?.tag === 'sent' ? last.report.tcp : null;
  };
  return { sender, asked, begun: () => begun, facts, ends };
}

describe('LinuxTcpSend', () => {
  test.each([
    ['it has finished', true, false, 'close'],
    ['it has finished and the client is given up', true, true, 'reset'],
    ['it has not finished', false, false, 'reset'],
  ] as const)('ends its connection: %s', (_, finished, reset, end) => {
    const { sender, ends } = senderOf([null]);
    const now = monotonicNow();
    sender.start(now);
    if (finished) sender.stop(now);
    sender.close(reset);
    expect(ends).toEqual([end]);
  });

  test('reads TCP_INFO once when it begins to count, and then waits for the next event', () => {
    const { sender, asked, begun } = senderOf([null]);
    const now = monotonicNow();
    sender.start(now);
    const before = begun();
    for (let i = 0; i < 5; i++) sender.step(0, now + i * MS, now);
    expect([asked.length, begun() - before]).toEqual([1, 1]);
    expect(sender.wakeAt()).toBeGreaterThan(now + 100 * MS);
    expect(sender.wakeAt()).toBeLessThan(NEVER);
  });

  test('a count without an initial value is null', () => {
    const { sender, facts } = senderOf([null, tcpInfo(7, 248)]);
    const now = monotonicNow();
    sender.start(now);
    sender.step(0, now, now);
    sender.stop(now + 10 * MS);
    expect(facts()).toMatchObject({ retransmits: null, bytes_transmitted: null, busy_ratio: null });
  });

  test('counts are differences from the begin, of fields that were filled both times', () => {
    for (const [length, retransmits] of [
      [248, 4],
      [104, 4],
      [103, null],
      [4, null],
      [0, null],
    ] as const) {
      const { sender, facts } = senderOf([tcpInfo(3, 248), tcpInfo(7, length)]);
      const now = monotonicNow();
      sender.start(now);
      sender.step(0, now, now);
      sender.stop(now + 10 * MS);
      expect(facts()?.retransmits, `${length} octets`).toBe(retransmits);
      expect(facts()).toMatchObject({ congestion_control: 'cubic', rtt_ns: null, pmtu_bytes: null });
    }
  });
});
