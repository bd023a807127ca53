/**
 * HTTP probes in lines: a row for each run, and the table of phases.
 *
 * @module
 */
import { printable } from '../../../core/printable.ts';
import type { Distribution } from '../../../core/shapes/flow.ts';
import type { HttpFailure, HttpPhase, HttpResult, HttpRun } from '../../../core/shapes/path/http.ts';
import { counted, countText, shortSizeText, shortTimeText } from '../../text/figures.ts';
import { grid } from '../../text/grid.ts';
import { wrap } from '../../text/layout.ts';
import type { Paint } from '../../text/paint.ts';
import { startWords } from '../start-words.ts';
import { reasonWords } from './reason-words.ts';

const PHASES: Readonly<Record<HttpPhase, string>> = {
  resolve: 'resolve',
  connect: 'connect',
  tls: 'TLS',
  'first-byte': 'first byte',
  transfer: 'transfer',
};
/** Characters that no shell interprets. */
const PLAIN_URL = /^[\w.~:/@%=+,-]+$/;
/** A certificate that ends sooner than this is coloured. */
const SOON_DAYS = 14;

/** One run in a line. */
export function httpRunLine(run: HttpRun, paint: Paint): string {
  const from = run.from === null ? '' : `${printable(run.from, 40)} to `;
  const head = `${from}${run.address}: run=${run.round}`;
  const warmup = run.warmup ? ' (warm-up)' : '';
  if (run.failure !== null) {
    const { phase } = run.failure;
    return paint.warn(`${head} ${PHASES[phase]}: ${causeWords(run.failure)}${warmup}`);
  }
  const parts = [
    ['resolve', run.resolve_ns],
    ['connect', run.connect_ns],
    ['tls', run.tls_ns],
    ['first', run.first_byte_ns],
    ['rest', run.transfer_ns],
  ] as const;
  const times = parts.flatMap(([name, ns]) => (ns === null ? [] : [`${name}=${shortTimeText(ns)}`]));
  const size = shortSizeText(run.body_bytes);
  return `${head} ${run.status ?? '-'} ${size} ${times.join(' ')} total=${shortTimeText(run.total_ns)}${warmup}`;
}

/** What a summary depends on besides its result. */
export interface HttpContext {
  /** The target as it was named. */
  readonly name: string;
  /** A lane whose URL and certificate were told already; `null` for the first one. */
  readonly told: HttpResult | null;
}

/** The summary of one lane. */
export function httpLines(result: HttpResult, { name, told }: HttpContext, paint: Paint): readonly string[] {
  const isSameTls = told !== null && JSON.stringify(told.tls) === JSON.stringify(result.tls);
  return [
    ...wrap(startWords({ ...result, name })).map(paint.bold),
    ...(told?.url === result.url ? [] : wrap(printable(result.url, 300))),
    ...phaseTable(result),
    ...responseLines(result, paint),
    ...(isSameTls ? [] : tlsLines(result, paint)),
    ...result.failures
      .flatMap((failure) =>
        wrap(`  ${counted(failure.count, 'time')} ${PHASES[failure.phase]}: ${causeWords(failure)}`),
      )
      .map(paint.warn),
  ];
}

function phaseTable(result: HttpResult): readonly string[] {
  const rows: readonly (readonly [string, Distribution])[] = [
    ['resolve', result.resolve_ns],
    ['connect', result.connect_ns],
    ['TLS', result.tls_ns],
    ['first byte', result.first_byte_ns],
    ['transfer', result.transfer_ns],
    ['total', result.total_ns],
  ];
  return grid(
    ['', 'min', '50%', '90%', '99%', 'max', 'runs'],
    rows
      .filter(([, times]) => times.n > 0)
      .map(([label, { min, p50, p90, p99, max, n }]) => [
        label,
        ...[min, p50, p90, p99, max].map(shortTimeText),
        countText(n),
      ]),
    'right',
  );
}

function responseLines(result: HttpResult, paint: Paint): readonly string[] {
  const { runs, runs_failed: failed, statuses, http_version: version, body_bytes: body, redirect } = result;
  const codes = statuses.map(({ status, count }) => `${status}${statuses.length > 1 ? ` (${countText(count)})` : ''}`);
  const size =
    body === null
      ? ''
      : `, body ${shortSizeText(body.min)}${body.max > body.min ? ` to ${shortSizeText(body.max)}` : ''}`;
  const answer = codes.length === 0 ? 'no answer of HTTP' : `HTTP/${version ?? '?'} ${codes.join(', ')}${size}`;
  const line = `${counted(runs, 'run')}, ${failed === 0 ? 'none failed' : `${countText(failed)} failed`}: ${answer}`;
  return [
    ...wrap(line).map((text) => (failed > 0 ? paint.warn(text) : text)),
    ...(redirect === null ? [] : wrap(redirectWords(redirect))),
  ];
}

function tlsLines({ tls }: HttpResult, paint: Paint): readonly string[] {
  if (tls === null) return [];
  const protocols = tls.alpn === null ? '' : `; the server takes ${tls.alpn.join(' and ')}, measured was http/1.1`;
  const first = `${tls.version ?? 'TLS'}, ${tls.cipher ?? 'cipher not known'}${protocols}`;
  if (tls.certificate === null) return wrap(first);
  const { subject, issuer, valid_to: until, days_left: days } = tls.certificate;
  const left = days === null ? 'end not known' : days < 0 ? `expired ${-days} days ago` : `${days} days left`;
  const words = `certificate ${printable(subject, 200)} by ${printable(issuer, 200)}, valid to ${until?.slice(0, 10) ?? '?'}, ${left}`;
  return [...wrap(first), ...wrap(words).map((line) => (days !== null && days < SOON_DAYS ? paint.warn(line) : line))];
}

/** A redirect comes from the far end: nothing in it means something to a shell, should somebody paste the line. */
function redirectWords(redirect: string): string {
  const url = printable(redirect, 300);
  if (!/^https?:\/\//i.test(url)) return `redirects to ${url}, which is not of http:// or https://`;
  const typed = PLAIN_URL.test(url) ? url : `'${url.replaceAll("'", '%27')}'`;
  return `redirects, which are not followed; write -x ${typed}`;
}

function causeWords({ phase, code, message }: HttpFailure): string {
  // Something was answered before.
  if (phase === 'transfer' && code === 'ETIMEDOUT') return `no end of the response: ${printable(message, 200)}`;
  const words = reasonWords(code);
  return code === 'EPROTO' || words === code ? printable(message, 200) : words;
}
