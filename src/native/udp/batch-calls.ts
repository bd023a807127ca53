/**
 * sendmmsg() and recvmmsg(), or a replacement where a sandbox refuses both: one call for each message.
 *
 * gVisor and some system call filters do not allow them, but allow sendmsg() and recvmsg(). The first part of a
 * `struct mmsghdr` is the `struct msghdr` that those take.
 *
 * @module
 */
import type { Call } from '../guarded-calls.ts';
import type { Memory } from '../memory/memory.ts';

/** The functions of the C library that are used here. */
export interface SingleCalls {
  readonly sendmmsg: Call;
  readonly recvmmsg: Call;
  readonly sendmsg: Call;
  readonly recvmsg: Call;
  readonly memcpy: Call;
}

/** `sendmmsg` and `recvmmsg` for the rest of the program. */
export interface BatchCalls {
  readonly sendmmsg: Call;
  readonly recvmmsg: Call;
  /** Name of the error with which the system refuses them, so that each message takes a call; `null` if it does not. */
  readonly batchRefusal: string | null;
}

const MMSGHDR_BYTES = 64;
/** Offset of `msg_len`, which the kernel fills in. */
const LENGTH_OFFSET = 56;

/**
 * Tries both calls once with an invalid descriptor. Where the calls exist, the error is EBADF. The header must be
 * valid: QEMU, when it runs programs of another processor, checks the headers before the descriptor.
 *
 * @param header - address of a `struct mmsghdr` of zeros
 */
export function batchCalls(
  calls: SingleCalls,
  errno: () => string,
  header: number,
  allocate: () => Memory,
): BatchCalls {
  const refusal =
    refusalOf(calls.sendmmsg(-1, header, 1, 0), errno) ?? refusalOf(calls.recvmmsg(-1, header, 1, 0, 0), errno);
  if (refusal === null) return { sendmmsg: calls.sendmmsg, recvmmsg: calls.recvmmsg, batchRefusal: null };
  const length = allocate();
  const oneByOne =
    (call: Call): Call =>
    (fd = 0, headers = 0, count = 0, flags = 0) => {
      for (let i = 0; i < count; i++) {
        const header = headers + i * MMSGHDR_BYTES;
        const bytes = call(fd, header, flags);
        if (bytes < 0) return i > 0 ? i : -1;
        length.view.setUint32(0, bytes, true);
        calls.memcpy(header + LENGTH_OFFSET, length.address, 4);
      }
      return count;
    };
  return { sendmmsg: oneByOne(calls.sendmsg), recvmmsg: oneByOne(calls.recvmsg), batchRefusal: refusal };
}

/** The notice for a user; `null` where the system has both calls. */
export function batchNotice(refusal: string | null): string | null {
  if (refusal === null) return null;
  return `this system refuses sendmmsg() and recvmmsg() (${refusal}): one call a datagram, which takes more processor time`;
}

function refusalOf(result: number, errno: () => string): string | null {
  const reason = result < 0 ? errno() : 'EBADF';
  return reason === 'EBADF' ? null : reason;
}
