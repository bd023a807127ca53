/**
 * Control messages that the kernel returns with a datagram.
 *
 * ```text
 * struct cmsghdr: length of header and data 8 · level 4 · type 4; data, padded to 8
 * ```
 *
 * If the buffer is too small the last message is truncated, and its length says so (put_cmsg() of Linux). The octets
 * after it are left over from an earlier datagram.
 *
 * @see cmsg(3)
 * @module
 */

const CMSGHDR_BYTES = 16;

/**
 * Finds a message of a level and a type between two offsets.
 *
 * @param dataBytes - least size of its data; a shorter message counts as missing
 * @returns offset of its data, or -1
 */
export function findControl(
  view: DataView,
  from: number,
  end: number,
  level: number,
  type: number,
  dataBytes: number,
): number {
  for (let at = from; at + CMSGHDR_BYTES <= end; ) {
    const length = view.getUint32(at, true);
    if (length < CMSGHDR_BYTES || at + length > end) return -1;
    if (view.getInt32(at + 8, true) === level && view.getInt32(at + 12, true) === type) {
      return length < CMSGHDR_BYTES + dataBytes ? -1 : at + CMSGHDR_BYTES;
    }
    at += (length + 7) & ~7;
  }
  return -1;
}
