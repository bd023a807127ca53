/**
 * System calls that take memory by its address. Each checks first that everything it would read or write is memory of
 * this thread. If not, it throws a RangeError and the kernel is not called.
 *
 * @module
 */
import { arch } from 'node:process';
import type { OwnMemory } from './memory/own-memory.ts';

/** A C function through koffi: numbers in, a number out. Pointers are numbers. */
export type Call = (...args: number[]) => number;
type Calls<Name extends string> = Readonly<Record<Name, Call>>;

const MMSGHDR_BYTES = 64;
const POLLFD_BYTES = 8;
/** struct epoll_event, which is packed on x64 only (EPOLL_PACKED, linux/eventpoll.h). */
export const EPOLL_EVENT_BYTES = arch === 'x64' ? 12 : 16;
const TIMESPEC_BYTES = 16;
/** struct ifreq. */
const IOCTL_BYTES = 40;
/** Size of a length that is passed by address (`socklen_t`), and the smallest option that is read. */
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
  | 'accept4'
  | 'epollCtl'
  | 'epollWait'
  | 'ppoll'
  | 'clockGettime';

/** Wraps the calls so that each throws a RangeError for addresses outside of `own`. */
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
      // Some requests take a small number instead of an address.
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
    accept4: (fd = -1, address = 0, lengthAt = 0, flags = 0) => {
      if (address !== 0) own.check(address, LENGTH_BYTES);
      if (lengthAt !== 0) own.check(lengthAt, LENGTH_BYTES);
      return calls.accept4(fd, address, lengthAt, flags);
    },
    epollCtl: (fd = -1, operation = 0, target = -1, event = 0) => {
      if (event !== 0) own.check(event, EPOLL_EVENT_BYTES);
      return calls.epollCtl(fd, operation, target, event);
    },
    epollWait: (fd = -1, events = 0, most = 0, timeout = 0) => {
      own.check(events, most * EPOLL_EVENT_BYTES);
      return calls.epollWait(fd, events, most, timeout);
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

/** No memory is mapped below this address (vm.mmap_min_addr). */
const FIRST_ADDRESS = 65_536;
