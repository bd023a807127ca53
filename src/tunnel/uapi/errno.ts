/**
 * Errors of the configuration protocol (https://www.wireguard.com/xplatform/).
 *
 * @module
 */

/** Values of `errno` in replies: the error numbers of Linux, negative. */
export const ERRNO = {
  /** The device failed, or the connection ended within a request. */
  EIO: -5,
  /** An unknown key, or an invalid value. */
  EINVAL: -22,
  /** A malformed line. */
  EPROTO: -71,
  /** `listen_port` is in use. */
  EADDRINUSE: -98,
} as const;
