/**
 * TLS handshakes of a client that counts them: each a full one, on a connection of its own.
 *
 * No session is offered, so that none can be resumed. A certificate that is not trusted is no failure: whoever made it, the
 * handshake is the same.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { connect, createSecureContext, type TLSSocket } from 'node:tls';
import { systemCodeOf } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { ConnectionTls } from '../../core/shapes/connections.ts';
import { handshakeFailure } from '../../measure/connections/handshake-failure.ts';
import { CERTIFICATE_NAME } from './own-certificate.ts';

/** Columns of a name of a version or cipher. */
const MOST_NAME = 64;

/** Makes handshakes, and notes what they agreed on. */
export class ClientHandshake {
  // Reading the trusted certificates takes tens of milliseconds, so the context is made once.
  readonly #context = createSecureContext({ minVersion: 'TLSv1.2' });
  readonly #peer: { readonly servername?: string; readonly host?: string };
  #version: string | null = null;
  #cipher: string | null = null;
  #resumed = 0;

  /** @param peer - the name for SNI, or a host that has an address only; left out for a server of winze */
  constructor(peer: { readonly servername?: string; readonly host?: string } = { servername: CERTIFICATE_NAME }) {
    this.#peer = peer;
  }

  /** What the handshakes so far agreed on. */
  get facts(): Omit<ConnectionTls, 'handshake_ns'> {
    return { version: this.#version, cipher: this.#cipher, resumed: this.#resumed, verified: false };
  }

  /**
   * Makes a handshake on a connection that stands.
   *
   * @param done - called once with the secured stream, or with `null` and the name of the failure
   */
  begin(connection: Socket, done: (secured: TLSSocket | null, error: string) => void): void {
    const secured = connect({
      socket: connection,
      secureContext: this.#context,
      rejectUnauthorized: false,
      ...this.#peer,
    });
    let isDone = false;
    const end = (stream: TLSSocket | null, error: string): void => {
      if (isDone) return;
      isDone = true;
      done(stream, error);
    };
    secured.on('error', (error: unknown) => {
      end(null, handshakeFailure(systemCodeOf(error) ?? 'other'));
      secured.destroy();
    });
    secured.once('close', () => end(null, handshakeFailure('ECONNRESET')));
    secured.once('secureConnect', () => {
      this.#version = printable(secured.getProtocol() ?? '', MOST_NAME) || null;
      this.#cipher = secured.getCipher()?.standardName ?? null;
      if (secured.isSessionReused()) this.#resumed++;
      end(secured, '');
    });
  }
}
