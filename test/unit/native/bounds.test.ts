/**
 * What would have the kernel or OpenSSL read or write where it must not is an error with a name, before they are asked.
 */
import { describe, expect, test } from 'vitest';
import { nodeAead } from '../../../src/crypto/aead-node.ts';
import { type Call, guardCalls } from '../../../src/native/guarded-calls.ts';
import { loadLibc } from '../../../src/native/libc.ts';
import { checkRange } from '../../../src/native/memory/memory-range.ts';
import { OwnMemory } from '../../../src/native/memory/own-memory.ts';
import { loadOpenssl } from '../../../src/native/openssl.ts';
import { createPacketCipher, type PacketCipher } from '../../../src/native/packet-cipher.ts';
import { LinuxSocket } from '../../../src/native/socket.ts';
import { SocketEndpoint } from '../../../src/native/socket-endpoint.ts';
import { DatagramBatch } from '../../../src/native/udp/datagram-batch.ts';
import { MESSAGE_BYTES, UdpReceiver } from '../../../src/native/udp/udp-receiver.ts';
import { UdpSender } from '../../../src/native/udp/udp-sender.ts';
import { AeadCipher } from '../../../src/run/tunnel/data-path/cipher.ts';

const libc = loadLibc();
if (!libc) console.warn('skipped: bounds of system calls need koffi and 64-bit Linux');

const BEYOND = [-1, -4096, Number.NaN, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, Infinity, -Infinity];
const BYTES = 8192;

const memoryOf = (address: number, bytes: number) => {
  const octets = new Uint8Array(bytes);
  return { address, bytes: octets, view: new DataView(octets.buffer) };
};

test('the C library is loaded once, because koffi never frees its functions', () => {
  expect(loadLibc()).toBe(libc);
});

describe('checkRange()', () => {
  const memory = memoryOf(0x1000, 100);

  test('accepts every range within the memory', () => {
    for (const [offset, length] of [
      [0, 0],
      [0, 100],
      [100, 0],
      [99, 1],
    ] as const) {
      expect(() => checkRange(memory, offset, length)).not.toThrow();
    }
  });

  test('refuses other ranges, with the range in the message', () => {
    for (const wrong of BEYOND) {
      expect(() => checkRange(memory, wrong, 1), `at ${wrong}`).toThrow(RangeError);
      expect(() => checkRange(memory, 0, wrong), `of ${wrong}`).toThrow(RangeError);
    }
    expect(() => checkRange(memory, 99, 2)).toThrow('2 octets at 99 are not within the 100 that there are');
  });
});

describe('system calls with addresses', () => {
  const made: string[] = [];
  const own = new OwnMemory();
  const [low, high] = [memoryOf(0x10_0000, 4096), memoryOf(0x20_0000, 4096)];
  own.add(low);
  own.add(high);
  const names = [
    ...['bind', 'connect', 'ioctl', 'read', 'write', 'send', 'recv', 'sendmmsg', 'recvmmsg', 'setsockopt'],
    ...['getsockopt', 'getsockname', 'accept4', 'epollCtl', 'epollWait', 'ppoll', 'clockGettime'],
  ] as const;
  type Name = Parameters<typeof guardCalls>[0] extends Readonly<Record<infer K, Call>> ? K : never;
  const fakes = Object.fromEntries(names.map((name) => [name, () => made.push(name)]));
  const calls = guardCalls(fakes as Readonly<Record<Name, Call>>, own);

  /** Each call about `length` octets (or so many of what it counts in) at an address. */
  const about: Readonly<Record<Name, (address: number, length: number) => unknown>> = {
    bind: (address, length) => calls.bind(3, address, length),
    connect: (address, length) => calls.connect(3, address, length),
    ioctl: (address) => calls.ioctl(3, 1, address),
    read: (address, length) => calls.read(3, address, length),
    write: (address, length) => calls.write(3, address, length),
    send: (address, length) => calls.send(3, address, length, 0),
    recv: (address, length) => calls.recv(3, address, length, 0),
    sendmmsg: (address, length) => calls.sendmmsg(3, address, length, 0),
    recvmmsg: (address, length) => calls.recvmmsg(3, address, length, 0, 0),
    setsockopt: (address, length) => calls.setsockopt(3, 1, 2, address, length),
    getsockopt: (address) => calls.getsockopt(3, 1, 2, address, address),
    getsockname: (address) => calls.getsockname(3, address, address),
    accept4: (address) => calls.accept4(3, address, address, 0),
    epollCtl: (address) => calls.epollCtl(3, 1, 4, address),
    epollWait: (address, length) => calls.epollWait(3, address, length, 0),
    ppoll: (address, length) => calls.ppoll(address, length, 0, 0),
    clockGettime: (address) => calls.clockGettime(0, address),
  };
  const hasLength = (name: Name): boolean =>
    !['ioctl', 'getsockopt', 'getsockname', 'accept4', 'epollCtl', 'clockGettime'].includes(name);

  test.each(Object.entries(about) as [Name, (address: number, length: number) => unknown][])(
    '%s() is made for memory that is there, and for no other',
    (name, call) => {
      made.length = 0;
      for (const { address } of [low, high, low]) call(address, 1);
      expect(made).toEqual([name, name, name]);
      for (const { address } of [low, high]) {
        for (const wrong of [address - 65_536, address + 4096, address + 4095, Number.NaN]) {
          // An ioctl may be given a number.
          if (name === 'ioctl' && Number.isNaN(wrong)) continue;
          const least = name === 'read' || name === 'write' || name === 'send' || name === 'recv' ? 2 : 1;
          const length = ['bind', 'connect', 'setsockopt'].includes(name) ? 2 : least;
          expect(() => call(wrong, length), `${wrong}`).toThrow(RangeError);
        }
        if (!hasLength(name)) continue;
        for (const wrong of [-1, Number.NaN, 4097, 2 ** 32, 2 ** 53, Infinity]) {
          expect(() => call(address, wrong), `${wrong}`).toThrow(RangeError);
        }
      }
      expect(made).toHaveLength(3);
    },
  );

  test('freed memory is refused, and is not freed twice', () => {
    const piece = memoryOf(0x30_0000, 4096);
    own.add(piece);
    own.check(piece.address, 4096);
    own.remove(piece);
    expect(() => own.check(piece.address, 1)).toThrow(RangeError);
    expect(() => own.remove(piece)).toThrow(RangeError);
  });
});

describe.skipIf(!libc)('memory of the C library', () => {
  test('is refused after it was freed, and adjacent memory always', () => {
    if (!libc) return;
    const pieces = Array.from({ length: 8 }, () => libc.allocate(4096));
    for (const { address } of pieces) {
      expect(() => libc.read(-1, address - 1, 1)).toThrow(RangeError);
      expect(() => libc.read(-1, address + 4096, 1)).toThrow(RangeError);
      expect(libc.read(-1, address, 4096)).toBe(-1);
    }
    for (const piece of pieces) libc.free(piece);
    for (const { address } of pieces) expect(() => libc.write(1, address, 1)).toThrow(RangeError);
  });

  test.each(BEYOND.filter((size) => !(size > 0 && size <= 2 ** 53)))('allocate(%d) is refused', (size) => {
    expect(() => libc?.allocate(size)).toThrow(RangeError);
  });
});

const openssl = libc && loadOpenssl(libc);
const arena = libc?.allocate(BYTES);
const ciphers: [string, PacketCipher][] = [];
if (libc && openssl && arena) {
  for (const [name, calls] of [
    ['by ChaCha20 and Poly1305', openssl],
    ['by EVP', { ...openssl, chachaPoly: null }],
  ] as const) {
    const cipher = createPacketCipher(libc, calls, arena);
    if (cipher) ciphers.push([name, cipher]);
  }
  ciphers.push(['by an AEAD', new AeadCipher(arena, nodeAead)]);
}

describe.each(ciphers)('a cipher of packets %s', (_, cipher) => {
  const key = new Uint8Array(32).fill(1);
  /** Input, length, output. */
  const WRONG: readonly (readonly [input: number, length: number, output: number])[] = [
    ...BEYOND.map((at) => [at, 100, 4096] as const),
    ...BEYOND.map((length) => [128, length, 4096] as const),
    ...BEYOND.map((at) => [128, 100, at] as const),
    // Headroom and tag count.
    [63, 100, 4096],
    [128, 100, 63],
    [BYTES - 99, 100, 4096],
    [128, BYTES, 4096],
    [128, 70_000, 128],
  ];

  test('refuses to encrypt or decrypt outside of the arena', () => {
    for (const [input, length, output] of WRONG) {
      const what = `${length} at ${input} to ${output}`;
      expect(() => cipher.seal({ key, high: 0, low: 1, input, length, output }), what).toThrow(RangeError);
      expect(() => cipher.open({ key, high: 0, low: 1, input, length, output }), what).toThrow(RangeError);
    }
    expect(() => cipher.seal({ key, high: 0, low: 1, input: 128, length: 100, output: BYTES - 115 })).toThrow(
      RangeError,
    );
    expect(() => cipher.seal({ key, high: 0, low: 1, input: 128, length: 100, output: BYTES - 116 })).not.toThrow();
    expect(() => cipher.open({ key, high: 0, low: 1, input: 128, length: 15, output: 4096 })).toThrow(RangeError);
    expect(() =>
      cipher.seal({ key: new Uint8Array(31), high: 0, low: 1, input: 128, length: 100, output: 4096 }),
    ).toThrow(RangeError);
  });

  test('the cipher works after forget()', () => {
    arena?.bytes.fill(7, 128, 228);
    cipher.seal({ key, high: 0, low: 1, input: 128, length: 100, output: 1024 });
    cipher.forget();
    expect(cipher.open({ key, high: 0, low: 1, input: 1024, length: 116, output: 4096 })).toBe(true);
    expect(arena?.bytes.slice(4096, 4196)).toEqual(new Uint8Array(100).fill(7));
    cipher.forget();
    cipher.forget();
  });
});

describe.skipIf(!libc)('batches of datagrams', () => {
  test('a batch refuses a datagram that does not fit', () => {
    if (!libc || !arena) return;
    const sockets = { v4: null, v6: null, port: 0, device: 0 };
    expect(() => new DatagramBatch(libc, sockets, arena, { begin: 4096, end: BYTES + 1 }, () => {})).toThrow(
      RangeError,
    );
    const batch = new DatagramBatch(libc, sockets, arena, { begin: 4096, end: 6096 }, () => {});
    const endpoint = SocketEndpoint.of(libc, { address: '127.0.0.1', port: 9 });
    for (const wrong of [...BEYOND, 2001]) expect(() => batch.add(wrong, endpoint, 0), `${wrong}`).toThrow(RangeError);
    expect(batch.empty).toBe(true);
    // Alternating, each is a message of its own.
    const other = SocketEndpoint.of(libc, { address: '127.0.0.2', port: 9 });
    for (let i = 0; i < 64; i++) batch.add(10, i % 2 === 0 ? endpoint : other, 0);
    expect(() => batch.add(10, endpoint, 0)).toThrow(RangeError);
    batch.free();
  });

  test('a receiver refuses memory that is too small', () => {
    if (!libc) return;
    const memory = libc.allocate(2 * MESSAGE_BYTES);
    for (const base of [...BEYOND, 1]) expect(() => new UdpReceiver(libc, 2, { memory, base })).toThrow(RangeError);
    new UdpReceiver(libc, 2, { memory, base: 0 }).free();
    libc.free(memory);
  });

  test('a sender refuses more datagrams than its batch holds', () => {
    if (!libc) return;
    const socket = LinuxSocket.open(libc, 'udp', '127.0.0.1');
    const sender = new UdpSender(libc, socket, 1000);
    for (const wrong of [...BEYOND, sender.batch + 1]) expect(() => sender.send(wrong), `${wrong}`).toThrow(RangeError);
    sender.free();
    socket.close();
  });
});
