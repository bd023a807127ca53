/**
 * What the ClientHello of a QUIC connection adds to the line of its packet.
 *
 * @module
 */
import type { ClientHello } from '../../../capture/quic/client-hello.ts';
import type { LineWriter } from './line-writer.ts';

/** A name of the DNS has no more (RFC 1035 §2.3.4); who sends longer ones wants to fill a screen. */
const MAX_NAME = 255;
const MAX_PROTOCOLS = 8;

/** Writes whom the client wants, and which protocols it offers. */
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
