/**
 * Parser of the URL that metrics are sent to.
 *
 * @module
 */
import type { PushEndpoint } from '../../core/shapes/metrics/push-endpoint.ts';
import { ValueError } from './value-error.ts';

/** Path of OTLP over HTTP for metrics (OTLP specification, OTLP/HTTP Request). */
const OTLP_PATH = '/v1/metrics';
/** Path of InfluxDB 2; later and earlier versions answer at it too. */
const INFLUX_PATH = '/api/v2/write';
/** Paths at which databases take the line protocol: `/write`, `/api/v2/write`, `/api/v3/write_lp`. */
const LINE_PROTOCOL = /\/write(?:_lp)?$/;
/** What `precision` may be: other databases have other words for nanoseconds. */
const NANOSECONDS = [null, 'ns', 'n', 'nanosecond', 'auto'];
const SECRETS = ['p', 'password', 'token', 'access_token', 'api_key', 'apikey'];

/**
 * Parses `http://…` or `https://…`, for OTLP, and for InfluxDB if its path ends in `/write` or if `influx+` is before it.
 *
 * @throws ValueError
 */
export function pushUrl(text: string): PushEndpoint {
  const [, prefix = '', rest = ''] = /^(influx\+)?(https?:\/\/.*)$/is.exec(text.trim()) ?? [];
  const url = URL.canParse(rest) ? new URL(rest) : null;
  if (url === null) throw new ValueError('expected a URL, such as http://127.0.0.1:4318/v1/metrics');
  const hasSecret = url.username !== '' || url.password !== '' || SECRETS.some((name) => url.searchParams.has(name));
  if (hasSecret)
    throw new ValueError('others can see a secret in a URL; put it into WINZE_PUSH_TOKEN or --push-token-file');
  url.hash = '';
  const isInflux = prefix !== '' || LINE_PROTOCOL.test(url.pathname);
  if (url.pathname === '/') url.pathname = isInflux ? INFLUX_PATH : OTLP_PATH;
  if (isInflux && !NANOSECONDS.includes(url.searchParams.get('precision'))) {
    throw new ValueError('the times are in nanoseconds; leave out precision');
  }
  return { format: isInflux ? 'influx' : 'otlp', url: url.href };
}
