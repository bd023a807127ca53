/**
 * An answer of the system is as long as it says. What it did not fill is not measured, and never what lay there before.
 */
import { describe, expect, test } from 'vitest';
import type { Libc } from '../../../src/native/libc.ts';
import type { Memory } from '../../../src/native/memory/memory.ts';
import { type RouteQuery, RouteTable } from '../../../src/native/netlink/route-table.ts';
import { LinuxSocket } from '../../../src/native/socket.ts';
import { readTcpInfo } from '../../../src/native/tcp-info.ts';
import { threadTimeReader } from '../../../src/native/thread-time.ts';
import { ErrorQueue } from '../../../src/native/udp/error-queue.ts';
import { MessageReader } from '../../../src/native/udp/message-reader.ts';
import { UdpReceiver } from '../../../src/native/udp/udp-receiver.ts';

/** What lies in all memory before the system writes. */
const STALE = 0xa5;

/** A system with memory, of which a test says what its calls answer. */
function systemOf(answers: (memoryAt: (address: number) => Memory) => Partial<Libc>): Libc {
  const pieces: Memory[] = [];
  const allocate = (size: number): Memory => {
    const bytes = new Uint8Array(size).fill(STALE);
    const memory = { address: (pieces.length + 1) * 0x100_0000, bytes, view: new DataView(bytes.buffer) };
    pieces.push(memory);
    return memory;
  };
  const memoryAt = (address: number): Memory => {
    const piece = pieces.find((one) => address >= one.address && address < one.address + one.bytes.length);
    if (!piece) throw new Error(`nothing lies at ${address}`);
    const bytes = piece.bytes.subarray(address - piece.address);
    return { address, bytes, view: new DataView(bytes.buffer, bytes.byteOffset) };
  };
  const scratch = allocate(4096);
  const always = { socket: () => 3, errno: () => 'ENOPROTOOPT', errorName: (number: number) => `error ${number}` };
  return { ...always, allocate, scratch, free: () => undefined, ...answers(memoryAt) } as unknown as Libc;
}

describe('LinuxSocket', () => {
  /** getsockopt() answers with the first `length` octets of `answer`. */
  const socketOf = (answer: readonly number[], length: number): LinuxSocket =>
    LinuxSocket.open(
      systemOf((memoryAt) => ({
        getsockopt: (_fd, _level, _option, address = 0, lengthAt = 0) => {
          memoryAt(address).bytes.set(answer.slice(0, length));
          memoryAt(lengthAt).view.setUint32(0, length, true);
          return 0;
        },
      })),
      'tcp',
      '127.0.0.1',
    );

  test('a number of fewer than four octets is ignored', () => {
    for (let length = 0; length < 4; length++) {
      const socket = socketOf([0xdc, 5, 0, 0], length);
      expect([socket.pathMtu(), socket.largestDatagram(), socket.boundDevice()]).toEqual([null, null, 0]);
    }
    expect(socketOf([0xdc, 5, 0, 0], 4).pathMtu()).toBe(1500);
  });

  test('an empty name is null', () => {
    const bbr = [...Buffer.from('bbr\0')];
    const names = [0, 1, 3, 4].map((length) => socketOf(bbr, length).congestionControl());
    expect(names).toEqual([null, 'b', 'bbr', 'bbr']);
    expect(socketOf([0, 0, 0, 0], 4).congestionControl()).toBeNull();
  });

  // QEMU answers with one integer, whatever was asked for.
  test('of TCP_INFO only the octets that were filled are read', () => {
    for (const length of [0, 1, 4]) {
      const info = socketOf([1, 0, 0, 0], length).tcpInfo();
      expect(info?.byteLength).toBe(length);
      expect(Object.values(readTcpInfo(info ?? new DataView(new ArrayBuffer(256)))).every((one) => one === null)).toBe(
        true,
      );
    }
  });

  test('a refused option is null', () => {
    const socket = LinuxSocket.open(
      systemOf(() => ({ getsockopt: () => -1 })),
      'tcp',
      '::1',
    );
    expect([socket.tcpInfo(), socket.congestionControl(), socket.pathMtu()]).toEqual([null, null, null]);
  });
});

test('the time of a thread is null where the clock is refused', () => {
  expect(threadTimeReader(systemOf(() => ({ clockGettime: () => -1 })))()).toBeNull();
});

/** A control message: level, type, octets of data. */
type Control = readonly [level: number, type: number, data: readonly number[]];

/** recvmmsg() that fills one message, with a name and one control message of which `length` octets are there. */
function receiving(name: readonly number[], [level, type, data]: Control, length: number): Libc {
  return systemOf((memoryAt) => ({
    recvmmsg: (_fd, headers = 0) => {
      const { view } = memoryAt(headers);
      const pointer = (at: number): Memory => memoryAt(Number(view.getBigUint64(at, true)));
      pointer(0).bytes.set(name);
      view.setUint32(8, name.length, true);
      const control = pointer(32);
      control.view.setBigUint64(0, BigInt(16 + length), true);
      control.view.setInt32(8, level, true);
      control.view.setInt32(12, type, true);
      control.bytes.set(data.slice(0, length), 16);
      // As put_cmsg() counts the one that it cut.
      view.setBigUint64(40, BigInt(length < data.length ? 16 + length : (16 + length + 7) & ~7), true);
      view.setUint32(56, 1000, true);
      return 1;
    },
  }));
}

const V4_NAME = [2, 0, 0xca, 0x6c, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
const u32 = (value: number): number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];

describe('UdpReceiver', () => {
  const kinds: readonly (readonly [name: string, control: Control, told: unknown, none: unknown, least: number])[] = [
    ['segmentBytes', [17, 104, u32(250)], 250, 1000, 2],
    ['trafficClass', [0, 1, [0x2e]], 0x2e, 0, 1],
    ['trafficClass', [41, 67, u32(0x2e)], 0x2e, 0, 1],
    ['deviceOf', [0, 8, [...u32(7), 127, 0, 0, 1, 127, 0, 0, 2]], 7, 0, 12],
    ['deviceOf', [41, 50, [...Array(15).fill(0), 1, ...u32(7)]], 7, 0, 20],
    ['ageNs', [1, 35, [...u32(0), ...u32(0), ...u32(0), ...u32(0)]], 0, -1, 16],
  ];
  test.each(kinds)('%s() ignores a truncated control message (%j)', (name, control, told, none, least) => {
    for (let length = 0; length <= control[2].length; length++) {
      const received = new UdpReceiver(receiving(V4_NAME, control, length), 1);
      expect(received.receive(3)).toBe(1);
      expect(received[name as 'ageNs'](0), `${length} octets`).toBe(length < least ? none : told);
      if (name === 'deviceOf' && length < least) expect(received.destinationOffset(0)).toBe(-1);
    }
  });
});

describe('ErrorQueue', () => {
  const TOO_LARGE: Control = [0, 11, [...u32(90), 2, 3, 4, 0, ...u32(1400), ...u32(0)]];
  const drained = (name: readonly number[], length: number) => {
    const libc = receiving(name, TOO_LARGE, length);
    const queue = new ErrorQueue({ ...libc, errorName: (number) => (number === 90 ? 'EMSGSIZE' : `error ${number}`) });
    return queue.drain(3)[0];
  };

  test('reports complete errors', () => {
    expect(drained(V4_NAME, 16)).toEqual({ address: '127.0.0.1', port: 51_820, reason: 'EMSGSIZE', pathMtu: 1400 });
  });

  test('ignores truncated errors, and errors without an address', () => {
    for (let length = 0; length < 16; length++) expect(drained(V4_NAME, length), `${length} octets`).toBeUndefined();
    for (let length = 0; length < 16; length++) {
      expect(drained(V4_NAME.slice(0, length), 16), `a name of ${length}`).toBeUndefined();
    }
  });
});

describe('MessageReader', () => {
  /** An ICMP "too big" of a router, 192.0.2.9. */
  const BY_ROUTER: Control = [
    0,
    11,
    [...u32(90), 2, 3, 4, 0, ...u32(1400), ...u32(0), 2, 0, 0, 0, 192, 0, 2, 9, ...Array(8).fill(0)],
  ];
  const readerOf = (name: readonly number[], control: Control, length: number): MessageReader => {
    const reader = new MessageReader(receiving(name, control, length));
    expect(reader.receive(3, 'errors')).toBe(true);
    return reader;
  };

  test('tells an error, and who reported it', () => {
    const { error, endpoint } = readerOf(V4_NAME, BY_ROUTER, 32);
    expect(endpoint).toEqual({ address: '127.0.0.1', port: 51_820 });
    expect(error).toEqual({
      reason: 'error 90',
      icmp: { type: 3, code: 4 },
      info: 1400,
      extension: null,
      reporter: '192.0.2.9',
    });
  });

  test('a truncated error is none, and a truncated reporter is not known', () => {
    for (let length = 0; length < 32; length++) {
      const { error } = readerOf(V4_NAME, BY_ROUTER, length);
      if (length < 16) expect(error, `${length} octets`).toBeNull();
      else expect(error, `${length} octets`).toMatchObject({ info: 1400, reporter: null });
    }
  });

  test('a name that is too short for an address is none', () => {
    for (let length = 0; length < 16; length++) {
      const { endpoint, address } = readerOf(V4_NAME.slice(0, length), BY_ROUTER, 32);
      expect([endpoint, address], `a name of ${length}`).toEqual([null, null]);
    }
  });

  test('a truncated TTL is not known', () => {
    for (let length = 0; length <= 4; length++) {
      expect(readerOf(V4_NAME, [0, 2, u32(57)], length).ttl).toBe(length < 4 ? null : 57);
      expect(readerOf(V4_NAME, [41, 52, u32(57)], length).ttl).toBe(length < 4 ? null : 57);
    }
  });
});

describe('RouteTable', () => {
  const QUESTION: RouteQuery = {
    to: Uint8Array.of(127, 0, 0, 1),
    from: null,
    device: 0,
    fwmark: 0,
    fromPort: 1,
    toPort: 2,
  };
  /** A reply with one attribute. */
  const tableOf = (kind: number, value: readonly number[]): RouteTable => {
    let asked = 0;
    return new RouteTable(
      systemOf((memoryAt) => ({
        send: (_fd, address = 0, length = 0) => {
          asked = memoryAt(address).view.getUint32(8, true);
          return length;
        },
        recv: (_fd, address = 0) => {
          const { view, bytes } = memoryAt(address);
          const length = 28 + ((4 + value.length + 3) & ~3);
          bytes.fill(0, 0, 28);
          view.setUint32(0, length, true);
          view.setUint16(4, 24, true);
          view.setUint32(8, asked, true);
          view.setUint8(16 + 7, 1);
          view.setUint16(28, 4 + value.length, true);
          view.setUint16(30, kind, true);
          bytes.fill(STALE, 32, 64);
          bytes.set(value, 32);
          return length;
        },
      })),
    );
  };

  test('a device index of fewer than four octets is ignored (RTA_OIF)', () => {
    for (let length = 0; length <= 4; length++) {
      expect(tableOf(4, u32(2).slice(0, length)).find(QUESTION)?.devices).toEqual(length < 4 ? [] : [2]);
    }
  });

  test('a next hop that ends after its list is ignored (RTA_MULTIPATH)', () => {
    const hop = [16, 0, 0, 0, ...u32(2), 8, 0, 5, 0, 127, 0, 0, 1];
    for (let length = 0; length <= 16; length++) {
      expect(tableOf(9, hop.slice(0, length)).find(QUESTION)?.devices).toEqual(length < 16 ? [] : [2]);
    }
  });

  test('an address too short for its family is ignored (RTA_PREFSRC)', () => {
    for (let length = 0; length <= 4; length++) {
      const source = tableOf(7, [127, 0, 0, 9].slice(0, length)).sourceFor(QUESTION);
      expect(source && [...source]).toEqual(length < 4 ? null : [127, 0, 0, 9]);
    }
  });
});
