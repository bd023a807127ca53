/**
 * Names of TLS handshakes that failed: the alert, or what went wrong else.
 *
 * OpenSSL names an alert that it received `SSLV3_ALERT_X`, `TLSV1_ALERT_X` or `TLSV13_ALERT_X`, after the version that
 * introduced it; from 3.2 on the first is `SSL/TLS_ALERT_X`. The name of the alert itself is that of RFC 8446 section 6.
 *
 * @module
 */

/** Longest name that a server may send. */
const MOST_NAME = 32;

/**
 * The name of a failure after the connection stood: `tls alert handshake_failure`, `tls WRONG_VERSION_NUMBER`, or with the
 * name of a system error `tls ECONNRESET`.
 *
 * @param code - as Node gives it: `ERR_SSL_…`, or the name of a system error
 */
export function handshakeFailure(code: string): string {
  const reason = code.replace(/^ERR_(SSL|OSSL|TLS)_/, '');
  const alert = /^(?:SSLV3|SSL\/TLS|TLSV1|TLSV13)_ALERT_(\w+)$/.exec(reason)?.[1];
  const name = alert === undefined ? reason.replace(/\W/g, '_') : `alert ${alert.toLowerCase()}`;
  return `tls ${name}`.slice(0, MOST_NAME);
}
