/**
 * A self-signed X.509 certificate, in two steps: what is signed, and that with its signature.
 *
 * ```text
 * Certificate ::= SEQUENCE {
 *   tbsCertificate      version 3, serial, ecdsa-with-SHA256, issuer, validity, subject, key, extensions
 *   signatureAlgorithm  ecdsa-with-SHA256
 *   signatureValue      BIT STRING }
 * ```
 *
 * Issuer and subject are the same common name, which is also the only DNS name.
 *
 * @see RFC 5280 section 4.1, RFC 5758 section 3.2 (ecdsa-with-SHA256)
 * @module
 */
import { DER_TAG, der, derInteger, derText } from './der.ts';

/** What a certificate says. */
export interface CertificateFacts {
  /** Octets of the serial number: 1 to 20, of which the first bit is not set (RFC 5280 section 4.1.2.2). */
  readonly serial: Uint8Array;
  /** A DNS name. */
  readonly name: string;
  /** UTCTime of RFC 5280 section 4.1.2.5.1, for years before 2050: `YYMMDDHHMMSSZ`. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** The public key as SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
}

/** 1.2.840.10045.4.3.2 (RFC 5758 section 3.2). */
const ECDSA_WITH_SHA256 = der(
  DER_TAG.sequence,
  der(DER_TAG.oid, Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)),
);
/** 2.5.4.3, id-at-commonName. */
const COMMON_NAME = der(DER_TAG.oid, Uint8Array.of(0x55, 0x04, 0x03));
/** 2.5.29.17, id-ce-subjectAltName. */
const SUBJECT_ALT_NAME = der(DER_TAG.oid, Uint8Array.of(0x55, 0x1d, 0x11));
/** Version 3 has the number 2. */
const VERSION_3 = Uint8Array.of(2);

/** The part that is signed, with ECDSA and SHA-256. */
export function certificateBody({ serial, name, notBefore, notAfter, publicKey }: CertificateFacts): Uint8Array {
  const { sequence, set, utf8String, utcTime, octetString, dnsName } = DER_TAG;
  const attribute = der(sequence, COMMON_NAME, derText(utf8String, name));
  const names = der(sequence, der(set, attribute));
  const alternatives = der(octetString, der(sequence, derText(dnsName, name)));
  return der(
    sequence,
    der(DER_TAG.version, derInteger(VERSION_3)),
    derInteger(serial),
    ECDSA_WITH_SHA256,
    names,
    der(sequence, derText(utcTime, notBefore), derText(utcTime, notAfter)),
    names,
    publicKey,
    der(DER_TAG.extensions, der(sequence, der(sequence, SUBJECT_ALT_NAME, alternatives))),
  );
}

/** The certificate in DER. @param signature - of the body, as ECDSA-Sig-Value in DER (RFC 3279 section 2.2.3) */
export function signedCertificate(body: Uint8Array, signature: Uint8Array): Uint8Array {
  // A bit string begins with the number of bits that do not count.
  return der(DER_TAG.sequence, body, ECDSA_WITH_SHA256, der(DER_TAG.bitString, Uint8Array.of(0), signature));
}
