/**
 * The result of an HTTP lane, in the names of JSON.
 *
 * @module
 */
import { printable } from '../../../core/printable.ts';
import type { HttpResult } from '../../../core/shapes/path/http.ts';
import { testError } from '../ping/test-error.ts';
import { MOST_BODY_BYTES } from './http-exchange.ts';
import type { HttpLane } from './http-lane.ts';

/** Columns of a redirect that are kept. */
const MOST_URL = 1000;

/** The result of a lane. @param stopped - why it ended early; `null` if it did not */
export function httpResult(lane: HttpLane, gapNs: number, stopped: HttpResult['error']): HttpResult {
  const { plan, last } = lane;
  const { request, url, port } = plan;
  const figures = lane.tally.figures();
  const { runs, runs_failed: failed } = figures;
  const error = testError(stopped, runs - failed, failed, 'no request was answered');
  return {
    test: 'http',
    protocol: 'tcp',
    family: request.target.family,
    source: { address: request.source.address ?? last?.localAddress ?? null, device: request.source.device },
    via: request.via,
    address: request.target.address,
    port,
    method: 'http/1.1',
    complete: error === null,
    error,
    warnings: warningsOf(lane),
    url: url.href,
    gap_ns: gapNs,
    warmup: request.warmup,
    ...figures,
    http_version: last?.head?.version ?? null,
    body_cut: lane.isCut,
    redirect: redirectOf(lane),
    tls: last?.tls ? { ...last.tls, alpn: lane.alpn } : null,
    compared: null,
  };
}

/** Where a response redirects to (RFC 9110 section 15.4). */
function redirectOf({ plan, last }: HttpLane): string | null {
  const { status = 0, fields } = last?.head ?? {};
  const location = fields?.location;
  if (status < 300 || status > 399 || location === undefined) return null;
  // A relative one is made whole, so that it can be typed.
  const whole = URL.canParse(location, plan.url.href) ? new URL(location, plan.url.href).href : location;
  return printable(whole, MOST_URL);
}

function warningsOf({ isCut, last }: HttpLane): readonly string[] {
  const days = last?.tls?.certificate?.days_left;
  return [
    ...(isCut ? [`the body is longer than ${MOST_BODY_BYTES / 1024 ** 2} MiB: the rest was not read`] : []),
    ...(last?.tls?.distrust ? [`this host does not trust the certificate: ${last.tls.distrust}`] : []),
    ...(days !== undefined && days !== null && days < 0 ? [`the certificate expired ${-days} days ago`] : []),
  ];
}
