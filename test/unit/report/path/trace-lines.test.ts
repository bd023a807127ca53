import { describe, expect, test } from 'vitest';
import { noTraceBack, traceBackOf } from '../../../../src/path/trace/trace-back.ts';
import { traceLines } from '../../../../src/report/path/trace-lines.ts';
import { createPaint } from '../../../../src/report/text/paint.ts';
import { TRACED } from '../../../support/control-messages.ts';
import { trace } from './samples.ts';

const LOCAL = { address: '192.0.2.1', port: 40_000 };
const linesOf = (back: ReturnType<typeof traceBackOf> | null): readonly string[] =>
  traceLines(trace({ test: 'trace', back }), { name: 'far', from: null }, createPaint(false));

describe('traceLines() with a trace back', () => {
  const plain = linesOf(null);

  test('adds a table of its own, and what it means', () => {
    const added = linesOf(traceBackOf(TRACED, 30, LOCAL)).slice(plain.length);
    expect(added.slice(0, 5)).toEqual([
      'back from 203.0.113.1:8888 to 192.0.2.1:40000, UDP by udp error queue of the',
      '  server',
      'hop router          answers    best  median   worst',
      '  1 203.0.113.2         3/3 1.000ms 2.000ms 3.000ms',
      '    MPLS label 7 TC 0 TTL 1',
    ]);
    expect(added.slice(5, 7)).toEqual([
      '  2 192.0.2.1           3/3 4.000ms 4.000ms 4.000ms',
      'no loss on the way to this host: 3 of 3 probes answered',
    ]);
    expect(added.slice(7).join(' ')).toMatch(/^the probes back are UDP from port 8888/);
  });

  test('says in a sentence why there is none, or why it is not complete', () => {
    const none = linesOf(noTraceBack({ code: 'ERR_UNSUPPORTED', message: 'the server is too old' }, 30));
    expect(none.slice(plain.length)).toEqual(['no trace back: the server is too old']);
    const cut = linesOf(traceBackOf({ ...TRACED, complete: false }, 30, LOCAL));
    expect(cut.at(-1)).toMatch(/^the trace back is not complete: the server ended/);
  });

  test('shows nothing that a terminal would obey', () => {
    const evil = '\u001b[2J\u009b';
    const back = traceBackOf({ ...TRACED, source: { address: `fe80::1%${evil}`, port: 1 } }, 30, LOCAL);
    const [first, ...rest] = TRACED.hops;
    if (first === undefined) throw new Error('no hop');
    const stopped = traceBackOf(
      { ...TRACED, reached: false, hops: [{ ...first, unreachable: evil }, ...rest] },
      30,
      LOCAL,
    );
    const text = [...linesOf(back), ...linesOf(stopped)].join('\n');
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(text).toMatch(/unreachable|says/);
  });
});
