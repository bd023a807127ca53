/**
 * System calls of Linux through koffi, and memory whose address is known.
 *
 * Pointers are passed as plain numbers (user addresses fit in 47 bits), which spares koffi the wrapping: a call costs
 * 0.2 to 0.7 µs. koffi is an optional dependency. Where it is missing, or the system is not 64-bit little-endian Linux,
 * `loadLibc` returns `null` and the portable engine is used.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { arch, platform } from 'node:process';
import { type Call, guardCalls } from './guarded-calls.ts';
import type { Memory } from './memory/memory.ts';
import { OwnMemory } from './memory/own-memory.ts';
import { batchCalls } from './udp/batch-calls.ts';

/**
 * The system calls used here. All return -1 on failure and leave the reason in `errno()`. They throw a RangeError for
 * addresses that are not memory of this thread.
 */
export interface Libc {
  readonly socket: Call;
  readonly bind: Call;
  readonly connect: Call;
  readonly shutdown: Call;
  readonly close: Call;
  readonly dup: Call;
  readonly fcntl: Call;
  readonly ioctl: Call;
  readonly read: Call;
  readonly write: Call;
  readonly eventfd: Call;
  readonly send: Call;
  readonly recv: Call;
  /** `sendmmsg` and `recvmmsg` make one call for each message where the system refuses both: see `batchRefusal`. */
  readonly sendmmsg: Call;
  readonly recvmmsg: Call;
  readonly setsockopt: Call;
  readonly getsockopt: Call;
  readonly getsockname: Call;
  readonly accept4: Call;
  readonly epollCreate1: Call;
  readonly epollCtl: Call;
  readonly epollWait: Call;
  readonly ppoll: Call;
  readonly clockGettime: Call;
  /** Name of the error with which the system refuses sendmmsg() and recvmmsg(); `null` where they work. */
  readonly batchRefusal: string | null;
  readonly open: (path: string, flags: number) => number;
  readonly indexOfDevice: (name: string) => number;
  /** `null` where no device has this index. */
  readonly nameOfDevice: (index: number) => string | null;
  /** Name of the error that the last failed call of this thread left, e.g. `EAGAIN`. */
  readonly errno: () => string;
  /** Name of an error by its number. */
  readonly errorName: (number: number) => string;
  /** Whether the last failed call would have blocked (`EAGAIN`), without creating a string. */
  readonly wouldBlock: () => boolean;
  /** Allocates zeroed memory that does not move until `free`. Two allocations are never adjacent. */
  readonly allocate: (bytes: number) => Memory;
  /** Memory that another thread of this process allocated. */
  readonly memoryAt: (address: number, bytes: number) => Memory;
  /** Returns memory to the system. Touching it afterwards ends the process. */
  readonly free: (memory: Memory) => void;
  /** A page for the arguments of one call. The next call overwrites it. */
  readonly scratch: Memory;
}

const PAGE_BYTES = 4096;
/** Including the terminating zero (net/if.h). */
const IF_NAMESIZE = 16;
const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;

const SIGNATURES: Record<
  Exclude<
    keyof Libc,
    | 'batchRefusal'
    | 'errno'
    | 'errorName'
    | 'wouldBlock'
    | 'allocate'
    | 'memoryAt'
    | 'free'
    | 'scratch'
    | 'indexOfDevice'
    | 'nameOfDevice'
    | 'open'
  >,
  string
> = {
  socket: 'int socket(int, int, int)',
  bind: 'int bind(int, uintptr_t, uint32_t)',
  connect: 'int connect(int, uintptr_t, uint32_t)',
  shutdown: 'int shutdown(int, int)',
  close: 'int close(int)',
  dup: 'int dup(int)',
  fcntl: 'int fcntl(int, int, int)',
  ioctl: 'int ioctl(int, unsigned long, uintptr_t)',
  read: 'long read(int, uintptr_t, size_t)',
  write: 'long write(int, uintptr_t, size_t)',
  eventfd: 'int eventfd(uint32_t, int)',
  send: 'long send(int, uintptr_t, size_t, int)',
  recv: 'long recv(int, uintptr_t, size_t, int)',
  sendmmsg: 'int sendmmsg(int, uintptr_t, uint32_t, int)',
  recvmmsg: 'int recvmmsg(int, uintptr_t, uint32_t, int, uintptr_t)',
  setsockopt: 'int setsockopt(int, int, int, uintptr_t, uint32_t)',
  getsockopt: 'int getsockopt(int, int, int, uintptr_t, uintptr_t)',
  getsockname: 'int getsockname(int, uintptr_t, uintptr_t)',
  accept4: 'int accept4(int, uintptr_t, uintptr_t, int)',
  epollCreate1: 'int epoll_create1(int)',
  epollCtl: 'int epoll_ctl(int, int, int, uintptr_t)',
  epollWait: 'int epoll_wait(int, uintptr_t, int, int)',
  ppoll: 'int ppoll(uintptr_t, unsigned long, uintptr_t, uintptr_t)',
  clockGettime: 'int clock_gettime(int, uintptr_t)',
};

/** The message for a user whose system could run the fast engine but does not have koffi; `null` otherwise. */
export function portableNotice(libc: Libc | null): string | null {
  if (libc !== null || !isSupported()) return null;
  return 'the package koffi is not installed, or has no binary for this system: everything runs on the slower portable engine (npm install koffi)';
}

function isSupported(): boolean {
  return platform === 'linux' && (arch === 'x64' || arch === 'arm64');
}

let loaded: Libc | null | undefined;

/**
 * The C library of this process; `null` where koffi or the system does not support it. It is loaded once for each
 * thread: koffi never frees the functions that it makes, so loading again would cost a millisecond and 75 kB for good.
 */
export function loadLibc(): Libc | null {
  if (loaded === undefined) loaded = isSupported() ? load() : null;
  return loaded;
}

function load(): Libc | null {
  let koffi: typeof import('koffi');
  try {
    koffi = createRequire(import.meta.url)('koffi');
  } catch {
    // Not installed, or no prebuilt binary for this C library: the portable engine is used.
    return null;
  }
  const library = koffi.load(null);
  const calls = Object.fromEntries(
    Object.entries(SIGNATURES).map(([name, signature]) => [name, library.func(signature) as Call]),
  ) as Record<keyof typeof SIGNATURES, Call>;
  const munmap = library.func('int munmap(uintptr_t, size_t)') as Call;
  const mmap = library.func('uintptr_t mmap(uintptr_t, size_t, int, int, int, long)') as Call;
  const numbers = new Map(Object.entries(koffi.os.errno));
  const names = new Map([...numbers].map(([name, number]) => [number, name]));
  const errorName = (number: number): string => names.get(number) ?? `errno ${number}`;
  const again = numbers.get('EAGAIN');
  const own = new OwnMemory();
  const memoryAt = (address: number, size: number): Memory => {
    if (!(size > 0) || !Number.isSafeInteger(address + size)) throw new RangeError(`${size} octets of memory`);
    const buffer = koffi.view(address as never, size);
    const memory = { address, bytes: new Uint8Array(buffer), view: new DataView(buffer) };
    own.add(memory);
    return memory;
  };
  const allocate = (size: number): Memory => {
    // One page more than the caller sees, so that two allocations are never adjacent.
    const address = mmap(0, size + PAGE_BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    if (address === -1 || address > Number.MAX_SAFE_INTEGER) throw new RangeError(`mmap of ${size} bytes failed`);
    return memoryAt(address, size);
  };
  const errno = (): string => errorName(koffi.errno());
  const singly = {
    ...calls,
    sendmsg: library.func('long sendmsg(int, uintptr_t, int)') as Call,
    recvmsg: library.func('long recvmsg(int, uintptr_t, int)') as Call,
    memcpy: library.func('uintptr_t memcpy(uintptr_t, uintptr_t, size_t)') as Call,
  };
  const deviceName = library.func('uintptr_t if_indextoname(uint32_t, uintptr_t)') as Call;
  const name = allocate(IF_NAMESIZE);
  const scratch = allocate(PAGE_BYTES);
  const batch = batchCalls(singly, errno, scratch.address, () => allocate(4));
  return {
    ...calls,
    ...guardCalls({ ...calls, ...batch }, own),
    batchRefusal: batch.batchRefusal,
    open: library.func('int open(const char *, int)') as (path: string, flags: number) => number,
    indexOfDevice: library.func('uint32_t if_nametoindex(const char *)') as (name: string) => number,
    nameOfDevice: (index) => {
      if (deviceName(index, name.address) === 0) return null;
      return String.fromCharCode(...name.bytes.subarray(0, name.bytes.indexOf(0)));
    },
    errno,
    errorName,
    wouldBlock: () => koffi.errno() === again,
    allocate,
    memoryAt,
    free: (memory) => {
      own.remove(memory);
      munmap(memory.address, memory.bytes.length + PAGE_BYTES);
    },
    scratch,
  };
}
