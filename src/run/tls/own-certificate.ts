/**
 * The certificate of a server for tests of TLS handshakes: made by the process for itself, and used until it ends.
 *
 * Nobody can check it, and clients of winze do not: such a test counts handshakes. The key is ECDSA P-256, which web
 * servers use most.
 *
 * @module
 */
import { constants, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { certificateBody, signedCertificate } from '../../wire/certificate/self-signed.ts';

/** Name in the certificate. */
export const CERTIFICATE_NAME = 'winze';
/** Validity around now, so that a clock of the other end that is wrong is no reason to fail. */
const AROUND_MS = 400 * 24 * 3600 * 1000;
const SERIAL_BYTES = 16;

/** A certificate in PEM, and its private key. */
export interface OwnCertificate {
  readonly certificate: string;
  readonly key: string;
}

let context: SecureContext | undefined;

/** The server's side of TLS, without tickets for resumption; made when it is first needed. */
export function serverContext(): SecureContext {
  if (context === undefined) {
    const { certificate, key } = ownCertificate(Date.now());
    const secureOptions = constants.SSL_OP_NO_TICKET;
    context = createSecureContext({ cert: certificate, key, secureOptions, minVersion: 'TLSv1.2' });
  }
  return context;
}

/** Makes a key and a certificate that is valid around this time. @param nowMs - milliseconds since 1970 */
export function ownCertificate(nowMs: number): OwnCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serial = randomBytes(SERIAL_BYTES);
  // A positive number of full length.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const body = certificateBody({
    serial,
    name: CERTIFICATE_NAME,
    notBefore: utcTime(nowMs - AROUND_MS),
    notAfter: utcTime(nowMs + AROUND_MS),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
  });
  const certificate = signedCertificate(body, sign('sha256', body, privateKey));
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines(Buffer.from(certificate).toString('base64'))}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function utcTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`;
}

/** Lines of 64 characters (RFC 7468 section 2). */
function lines(base64: string): string {
  return base64.replaceAll(/.{64}(?=.)/g, '$&\n');
}
