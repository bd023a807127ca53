/**
 * Sends a datagram to a Unix domain socket. Node supports only streams there.
 *
 * ```text
 * struct sockaddr_un: family (2), path (108); a name that begins with NUL is abstract, and ends at the length of the address
 * ```
 *
 * @see unix(7)
 * @module
 */
import { AF, SOCK } from './constants.ts';
import type { Libc } from './libc.ts';

const FAMILY_BYTES = 2;
const PATH_BYTES = 108;
/** Messages here are short; on Linux, 16 KiB fit in any socket buffer. */
const MOST_OCTETS = 2048;

/**
 * Sends one datagram, for example a notification to a service manager (sd_notify(3)).
 *
 * @param path - of a socket file, or `@` and an abstract name
 * @returns name of the error, `null` when it was sent
 */
export function sendUnixDatagram(libc: Libc, path: string, text: string): string | null {
  const name = new TextEncoder().encode(path);
  const octets = new TextEncoder().encode(text);
  if (name.length === 0 || name.length >= PATH_BYTES) return 'ENAMETOOLONG';
  if (octets.length > MOST_OCTETS) return 'EMSGSIZE';
  const fd = libc.socket(AF.unix, SOCK.dgram | SOCK.cloexec, 0);
  if (fd < 0) return libc.errno();
  try {
    const { address, bytes, view } = libc.scratch;
    bytes.fill(0, 0, FAMILY_BYTES + PATH_BYTES);
    view.setUint16(0, AF.unix, true);
    bytes.set(name, FAMILY_BYTES);
    const isAbstract = path.startsWith('@');
    if (isAbstract) bytes[FAMILY_BYTES] = 0;
    // A path ends with its zero.
    if (libc.connect(fd, address, FAMILY_BYTES + name.length + (isAbstract ? 0 : 1)) !== 0) return libc.errno();
    bytes.set(octets);
    return libc.send(fd, address, octets.length, 0) === octets.length ? null : libc.errno();
  } finally {
    libc.close(fd);
  }
}
