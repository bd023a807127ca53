/**
 * Errors of the configuration protocol (https://www.wireguard.com/xplatform/): Linux's numbers, negative.
 *
 * @module
 */
export const ERRNO = {
  /** The device failed, or the connection ended within a request. */
  EIO: -5,
  /** A key or a value that does not exist. */
  EINVAL: -22,
  /** A line that is none. */
  EPROTO: -71,
  /** `listen_port` is taken. */
  EADDRINUSE: -98,
} as const;
