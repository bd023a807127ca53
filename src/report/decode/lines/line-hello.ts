/**
 * The ClientHello of a QUIC connection, at the end of the line of its packet.
 *
 * @module
 */
import type { ClientHello } from '../../../capture/quic/client-hello.ts';
import type { LineWriter } from './line-writer.ts';

/** Longest name of the DNS (RFC 1035 §2.3.4). A longer one is cut, so that a packet cannot flood the terminal. */
const MAX_NAME = 255;
/** Protocols that are listed. */
const MAX_PROTOCOLS = 8;

/**
 * Writes the server name (SNI, RFC 6066 §3) and the application protocols (ALPN, RFC 7301) that the client asks for.
 */
export function helloPart(out: LineWriter, { serverName, protocols }: ClientHello): void {
  out.text(', client hello: ');
  if (serverName === null) out.text('no SNI');
  else name(out.text('SNI '), serverName);
  protocols.slice(0, MAX_PROTOCOLS).forEach((protocol, i) => {
    name(out.text(i === 0 ? ', ALPN ' : ' '), protocol);
  });
  if (protocols.length > MAX_PROTOCOLS)
    out
      .text(' and ')
      .number(protocols.length - MAX_PROTOCOLS)
      .text(' more');
}

function name(out: LineWriter, octets: Uint8Array): void {
  out.escaped(octets, 0, Math.min(octets.length, MAX_NAME));
  if (octets.length > MAX_NAME) out.text('..');
}
