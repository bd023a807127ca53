/** Names of failed handshakes, from the codes that Node 20 (OpenSSL 3.0) and Node 22 and 24 (3.2 and later) give. */
import { expect, test } from 'vitest';
import { handshakeFailure } from '../../../../src/measure/connections/handshake-failure.ts';

test.each([
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'tls alert handshake_failure'],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'tls alert handshake_failure'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls alert protocol_version'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls WRONG_VERSION_NUMBER'],
  ['ERR_SSL_SSL/TLS_OTHER', 'tls SSL_TLS_OTHER'],
  ['ECONNRESET', 'tls ECONNRESET'],
])('%s is %s', (code, name) => {
  expect(handshakeFailure(code)).toBe(name);
});
