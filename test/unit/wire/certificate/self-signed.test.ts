/** The certificate is read by others: Node's X509Certificate (OpenSSL), and the openssl command where it is installed. */
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownCertificate } from '../../../../src/run/tls/own-certificate.ts';
import { DER_TAG, der, derInteger } from '../../../../src/wire/certificate/der.ts';

const NOW = Date.UTC(2026, 10, 30, 12, 34, 56);
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) console.warn('skipped: openssl is not installed, so it does not read the certificate');

test('Node reads the certificate: names, validity, key, and a signature by its own key', () => {
  const { certificate, key } = ownCertificate(NOW);
  const read = new X509Certificate(certificate);
  expect([read.subject, read.issuer, read.subjectAltName]).toEqual(['CN=winze', 'CN=winze', 'DNS:winze']);
  expect(Date.parse(read.validFrom)).toBe(Date.UTC(2025, 9, 26, 12, 34, 56));
  expect(Date.parse(read.validTo)).toBe(Date.UTC(2028, 0, 4, 12, 34, 56));
  expect([read.publicKey.asymmetricKeyType, read.publicKey.asymmetricKeyDetails]).toEqual([
    'ec',
    { namedCurve: 'prime256v1' },
  ]);
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  expect(read.toString().trim()).toBe(certificate.trim());
  expect(key).toContain('PRIVATE KEY');
});

test.skipIf(!hasOpenssl)('openssl x509 prints the certificate, and openssl verify trusts it for itself', () => {
  const { certificate } = ownCertificate(NOW);
  const { stdout, status } = spawnSync('openssl', ['x509', '-noout', '-text'], {
    input: certificate,
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  expect(stdout).toContain('Version: 3 (0x2)');
  expect(stdout.match(/Signature Algorithm: ecdsa-with-SHA256/g)).toHaveLength(2);
  expect(stdout).toContain('ASN1 OID: prime256v1');
  expect(stdout).toMatch(/X509v3 Subject Alternative Name: *\n *DNS:winze/);
  const folder = mkdtempSync(join(tmpdir(), 'winze-certificate-'));
  try {
    const file = join(folder, 'own.pem');
    writeFileSync(file, certificate);
    const argv = ['verify', '-check_ss_sig', '-attime', `${NOW / 1000}`, '-CAfile', file, file];
    expect(spawnSync('openssl', argv, { encoding: 'utf8' }).stdout).toBe(`${file}: OK\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('lengths and numbers are as X.690 has them', () => {
  const lengths = [0, 127, 128, 255, 256, 65_536].map((n) => [
    ...der(DER_TAG.sequence, new Uint8Array(n)).subarray(0, 5),
  ]);
  expect(lengths[0]).toEqual([0x30, 0]);
  expect(lengths.slice(1).map((head) => head.slice(1))).toEqual([
    [127, 0, 0, 0],
    [0x81, 128, 0, 0],
    [0x81, 255, 0, 0],
    [0x82, 1, 0, 0],
    [0x83, 1, 0, 0],
  ]);
  const numbers = [[0], [0, 0, 5], [0x7f], [0x80], [0, 0xff, 1]].map((one) => [...derInteger(Uint8Array.from(one))]);
  expect(numbers).toEqual([
    [2, 1, 0],
    [2, 1, 5],
    [2, 1, 0x7f],
    [2, 2, 0, 0x80],
    [2, 3, 0, 0xff, 1],
  ]);
});
