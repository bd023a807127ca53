/**
 * TLS of an HTTP exchange: the handshake, what it agreed on, and the certificate of the server.
 *
 * A certificate that this host does not trust is measured all the same, and named. Everything in a certificate is text
 * of a stranger: it is made printable here, and cut.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { parseIp } from '../../../core/address.ts';
import { messageOf } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { HttpCertificate, HttpTls } from '../../../core/shapes/path/http.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';

const DAY_MS = 24 * 3600 * 1000;
/** Columns of a name in a certificate that are kept. */
const MOST_NAME = 200;

/** The server whose name is checked, and with what. */
export interface TlsPlan {
  readonly request: Pick<ProbeRequest, 'target'>;
  /** Made before: reading the trusted certificates takes tens of milliseconds. */
  readonly context: SecureContext | null;
}

/**
 * Makes the handshake on a connection.
 *
 * @param alpn - protocols that are offered (RFC 7301)
 * @param signal - ends it; its reason is thrown
 */
export function secure(
  socket: Socket | null,
  { request, context }: TlsPlan,
  alpn: readonly string[],
  signal: AbortSignal,
): Promise<TLSSocket> {
  if (socket === null || context === null) throw new RangeError('no connection to secure');
  const { name } = request.target;
  const secured = connect({
    socket,
    secureContext: context,
    ALPNProtocols: [...alpn],
    rejectUnauthorized: false,
    // An address is no name for SNI (RFC 6066 section 3); it is checked against the certificate all the same.
    ...(parseIp(name) === undefined ? { servername: name } : { host: name }),
  });
  return new Promise((resolve, reject) => {
    const abort = (): void => void secured.destroy(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    secured.on('error', (error) => {
      signal.removeEventListener('abort', abort);
      reject(error);
    });
    secured.once('secureConnect', () => {
      signal.removeEventListener('abort', abort);
      resolve(secured);
    });
    if (signal.aborted) abort();
  });
}

/** Reads the facts of a connection whose handshake is complete. */
export function tlsFacts(socket: TLSSocket, nowMs: number): Omit<HttpTls, 'alpn'> {
  const { authorized, authorizationError } = socket;
  return {
    version: socket.getProtocol(),
    cipher: socket.getCipher()?.standardName ?? null,
    trusted: authorized,
    // Its type is Error; what Node gives is the code as text.
    distrust: authorized || !authorizationError ? null : printable(messageOf(authorizationError), MOST_NAME),
    certificate: certificateOf(socket, nowMs),
  };
}

function certificateOf(socket: TLSSocket, nowMs: number): HttpCertificate | null {
  try {
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return null;
    const until = Date.parse(certificate.validTo);
    return {
      subject: nameOf(certificate.subject),
      issuer: nameOf(certificate.issuer),
      valid_from: isoOf(Date.parse(certificate.validFrom)),
      valid_to: isoOf(until),
      days_left: Number.isNaN(until) ? null : Math.floor((until - nowMs) / DAY_MS),
    };
  } catch {
    // OpenSSL could not write a field as text: the certificate is there, and unreadable.
    return null;
  }
}

/** A distinguished name has a line for each attribute; Node gives `undefined` for an empty one. */
function nameOf(name: string | undefined): string {
  return printable((name ?? '').split('\n').join(', '), MOST_NAME);
}

function isoOf(ms: number): string | null {
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
