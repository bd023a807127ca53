/**
 * System calls that are given memory by its address: each looks first whether all that it would read or write is memory
 * of this thread. What is not is a RangeError, and the kernel is not asked.
 *
 * @module
 */
import type { OwnMemory } from './memory/own-memory.ts';

export type Call = (...args: number[]) => number;
type Calls<Name extends string> = Readonly<Record<Name, Call>>;

const MMSGHDR_BYTES = 64;
const POLLFD_BYTES = 8;
const TIMESPEC_BYTES = 16;
/** struct ifreq. */
const IOCTL_BYTES = 40;
/** The length that a call is given by address, and the least that it is about. */
const LENGTH_BYTES = 4;

type Guarded =
  | 'bind'
  | 'connect'
  | 'ioctl'
  | 'read'
  | 'write'
  | 'send'
  | 'recv'
  | 'sendmmsg'
  | 'recvmmsg'
  | 'setsockopt'
  | 'getsockopt'
  | 'getsockname'
  | 'ppoll'
  | 'clockGettime';

/** The same calls, each of which throws a RangeError for memory that is not there. */
export function guardCalls(calls: Calls<Guarded>, own: OwnMemory): Calls<Guarded> {
  return {
    bind: (fd = -1, address = 0, length = 0) => {
      own.check(address, length);
      return calls.bind(fd, address, length);
    },
    connect: (fd = -1, address = 0, length = 0) => {
      own.check(address, length);
      return calls.connect(fd, address, length);
    },
    ioctl: (fd = -1, request = 0, argument = 0) => {
      // Some take a number, which is no address.
      if (argument >= FIRST_ADDRESS) own.check(argument, IOCTL_BYTES);
      return calls.ioctl(fd, request, argument);
    },
    read: (fd = -1, address = 0, length = 0) => {
      own.check(address, length);
      return calls.read(fd, address, length);
    },
    write: (fd = -1, address = 0, length = 0) => {
      own.check(address, length);
      return calls.write(fd, address, length);
    },
    send: (fd = -1, address = 0, length = 0, flags = 0) => {
      own.check(address, length);
      return calls.send(fd, address, length, flags);
    },
    recv: (fd = -1, address = 0, length = 0, flags = 0) => {
      own.check(address, length);
      return calls.recv(fd, address, length, flags);
    },
    sendmmsg: (fd = -1, address = 0, messages = 0, flags = 0) => {
      own.check(address, messages * MMSGHDR_BYTES);
      return calls.sendmmsg(fd, address, messages, flags);
    },
    recvmmsg: (fd = -1, address = 0, messages = 0, flags = 0, timeout = 0) => {
      own.check(address, messages * MMSGHDR_BYTES);
      if (timeout !== 0) own.check(timeout, TIMESPEC_BYTES);
      return calls.recvmmsg(fd, address, messages, flags, timeout);
    },
    setsockopt: (fd = -1, level = 0, option = 0, address = 0, length = 0) => {
      own.check(address, length);
      return calls.setsockopt(fd, level, option, address, length);
    },
    getsockopt: (fd = -1, level = 0, option = 0, address = 0, lengthAt = 0) => {
      own.check(address, LENGTH_BYTES);
      own.check(lengthAt, LENGTH_BYTES);
      return calls.getsockopt(fd, level, option, address, lengthAt);
    },
    getsockname: (fd = -1, address = 0, lengthAt = 0) => {
      own.check(address, LENGTH_BYTES);
      own.check(lengthAt, LENGTH_BYTES);
      return calls.getsockname(fd, address, lengthAt);
    },
    ppoll: (address = 0, descriptors = 0, timeout = 0, mask = 0) => {
      own.check(address, descriptors * POLLFD_BYTES);
      if (timeout !== 0) own.check(timeout, TIMESPEC_BYTES);
      return calls.ppoll(address, descriptors, timeout, mask);
    },
    clockGettime: (clock = 0, address = 0) => {
      own.check(address, TIMESPEC_BYTES);
      return calls.clockGettime(clock, address);
    },
  };
}

/** Nothing lies below (vm.mmap_min_addr). */
const FIRST_ADDRESS = 65_536;
