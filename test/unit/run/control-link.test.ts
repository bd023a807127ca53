import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ControlLink } from '../../../src/run/control-link.ts';
import { ErrorBoundary } from '../../../src/run/error-boundary.ts';
import { MAX_REQUEST_BYTES } from '../../../src/wire/control-frame.ts';
import { messageOf, plainOctets } from '../../support/control-frames.ts';

/** A stream in the place of a socket. */
class Line extends Duplex {
  setNoDelay(): this {
    return this;
  }
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const numbered = (count: number): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, (_, n) => plainOctets({ n })));

/** A link that received frames `0` to `count - 1` in one chunk, either before it began or after. */
function linkWith(count: number, when: 'first' | 'later') {
  const line = new Line();
  const got: unknown[] = [];
  const link = new ControlLink(line as unknown as Socket, MAX_REQUEST_BYTES, {
    onFrame: ({ octets }) => void got.push((messageOf(octets) as { n: number }).n),
    onEnd: (reason) => void got.push(reason ?? 'end'),
  });
  const boundary = new ErrorBoundary((error) => {
    throw error;
  });
  link.begin(when === 'first' ? numbered(count) : new Uint8Array(0), boundary);
  if (when === 'later') line.push(numbered(count));
  return { line, link, got };
}

describe.each(['first', 'later'] as const)('ControlLink, many frames in one chunk (%s)', (when) => {
  const all = Array.from({ length: 100 }, (_, n) => n);

  test('handles a few in a turn of the event loop, and all in order', async () => {
    const { got, line } = linkWith(100, when);
    let most = 0;
    let turns = 0;
    for (let before = 0; got.length < 100; turns++) {
      await turn();
      most = Math.max(most, got.length - before);
      before = got.length;
    }
    expect(got).toEqual(all);
    expect(most).toBeLessThanOrEqual(32);
    expect(turns).toBeGreaterThan(2);
    line.push(plainOctets({ n: 100 }));
    await turn();
    expect(got).toEqual([...all, 100]);
  });

  test('handles those that came before the end', async () => {
    const { got, line } = linkWith(100, when);
    await turn();
    line.destroy();
    for (let i = 0; i < 10; i++) await turn();
    expect(got).toEqual([...all, 'end']);
  });

  test('reads on, and hands over nothing, after it was closed', async () => {
    const { got, link, line } = linkWith(100, when);
    await turn();
    link.close();
    const before = got.length;
    expect(before).toBeLessThan(100);
    line.push(null);
    for (let i = 0; i < 10; i++) await turn();
    expect(line.readableEnded).toBe(true);
    expect(got).toHaveLength(before);
  });
});
