/**
 * sendmmsg() and recvmmsg(), or what stands for them where a sandbox refuses both: one call a message.
 *
 * gVisor and some filters of system calls know neither, but do know sendmsg() and recvmsg(). The first part of a
 * `struct mmsghdr` is the `struct msghdr` that those take.
 *
 * @module
 */
import type { Call } from '../guarded-calls.ts';
import type { Memory } from '../memory/memory.ts';

/** What is looked at here, as the C library has it. */
export interface SingleCalls {
  readonly sendmmsg: Call;
  readonly recvmmsg: Call;
  readonly sendmsg: Call;
  readonly recvmsg: Call;
  readonly memcpy: Call;
}

export interface BatchCalls {
  readonly sendmmsg: Call;
  readonly recvmmsg: Call;
  /** Name of the error with which the system refuses them, so that each message is a call; `null` if it does not. */
  readonly batchRefusal: string | null;
}

const MMSGHDR_BYTES = 64;
/** Of `msg_len`, which the kernel fills in. */
const LENGTH_OFFSET = 56;

/**
 * Asks the system once, with a descriptor that cannot be: where the calls are known, that is what is wrong. Nothing else
 * must be: whoever translates the calls, as QEMU does for programs of another processor, looks at the headers first.
 *
 * @param header - where a `struct mmsghdr` of zeros lies
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

/** What to say of it; `null` where there is nothing to say. */
export function batchNotice(refusal: string | null): string | null {
  if (refusal === null) return null;
  return `this system refuses sendmmsg() and recvmmsg() (${refusal}): one call a datagram, which takes more processor time`;
}

function refusalOf(result: number, errno: () => string): string | null {
  const reason = result < 0 ? errno() : 'EBADF';
  return reason === 'EBADF' ? null : reason;
}
