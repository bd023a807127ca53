import { describe, expect, test } from 'vitest';
import type { Memory } from '../../../../src/native/memory/memory.ts';
import { batchCalls, batchNotice, type SingleCalls } from '../../../../src/native/udp/batch-calls.ts';

const LENGTH_ADDRESS = 5000;
/** Of a struct mmsghdr that may be read. */
const HEADER_ADDRESS = 9000;

/** A system whose sockets have `queue` messages to give and room for `room`, and that refuses batches by `refusal`. */
function system(refusal: string, queue: readonly number[], room = Number.POSITIVE_INFINITY) {
  const length = new DataView(new ArrayBuffer(4));
  const written = new Map<number, number>();
  const sent: number[] = [];
  const waiting = [...queue];
  let errno = '';
  const fail = (reason: string): number => {
    errno = reason;
    return -1;
  };
  const calls: SingleCalls = {
    // Who translates calls reads the headers first: QEMU does so before it looks at the descriptor.
    sendmmsg: (_fd, header) => fail(header === HEADER_ADDRESS ? refusal : 'EFAULT'),
    recvmmsg: (_fd, header) => fail(header === HEADER_ADDRESS ? refusal : 'EFAULT'),
    sendmsg: (_fd, header) => (sent.length < room ? sent.push(header) : fail('EAGAIN')),
    recvmsg: () => waiting.shift() ?? fail('EAGAIN'),
    memcpy: (to, from) => {
      if (from === LENGTH_ADDRESS) written.set(to, length.getUint32(0, true));
      return to;
    },
  };
  const memory: Memory = { address: LENGTH_ADDRESS, bytes: new Uint8Array(length.buffer), view: length };
  const batch = batchCalls(
    calls,
    () => errno,
    HEADER_ADDRESS,
    () => memory,
  );
  return { batch, calls, written, sent };
}

describe('a system that has both calls', () => {
  test('uses the calls of the system', () => {
    const { batch, calls } = system('EBADF', []);
    expect(batch.batchRefusal).toBeNull();
    expect([batch.sendmmsg, batch.recvmmsg]).toEqual([calls.sendmmsg, calls.recvmmsg]);
    expect(batchNotice(batch.batchRefusal)).toBeNull();
  });
});

describe.each(['ENOSYS', 'EPERM'])('a system that refuses them with %s', (refusal) => {
  test('reports the refusal', () => {
    expect(batchNotice(system(refusal, []).batch.batchRefusal)).toContain(`(${refusal}): one call a datagram`);
  });

  test('receives messages one by one, and writes each length where the kernel would', () => {
    const { batch, written } = system(refusal, [100, 1472, 0]);
    expect(batch.recvmmsg(3, 1000, 8, 0x40, 0)).toBe(3);
    // struct mmsghdr is 64 octets, msg_len at 56.
    expect([...written]).toEqual([
      [1056, 100],
      [1120, 1472],
      [1184, 0],
    ]);
    expect(batch.recvmmsg(3, 1000, 8, 0x40, 0)).toBe(-1);
  });

  test('receives no more messages than there are headers', () => {
    const { batch } = system(refusal, [1, 1, 1]);
    expect([batch.recvmmsg(3, 0, 2, 0, 0), batch.recvmmsg(3, 0, 2, 0, 0)]).toEqual([2, 1]);
  });

  test('sends until the socket is full, and fails if it accepts nothing', () => {
    const { batch, sent } = system(refusal, [], 3);
    expect(batch.sendmmsg(3, 0, 64, 0)).toBe(3);
    expect(sent).toEqual([0, 64, 128]);
    expect(batch.sendmmsg(3, 0, 64, 0)).toBe(-1);
  });
});
