/**
 * The modules of an exporter whose file names none: none of them loads the line.
 *
 * @module
 */

/** As in a file. */
export const DEFAULT_MODULES = `latency:
  kind: latency
mtu:
  kind: mtu
path:
  kind: path
tunnel:
  kind: tunnel
ping:
  kind: latency
  server: false
  protocol: icmp
`;

/** Where an exporter listens, if nobody says. */
export const DEFAULT_LISTEN = '127.0.0.1:9890';
