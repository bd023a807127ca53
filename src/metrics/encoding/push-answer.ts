/**
 * What the answer of an endpoint means for what was sent to it.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
 * @module
 */
import { printable } from '../../core/printable.ts';

/** An answer over HTTP, as far as it was read. */
export interface PushAnswer {
  readonly status: number;
  /** Time that the endpoint asks to be left alone, in milliseconds; `null` if it does not say. */
  readonly retryAfterMs: number | null;
  /** Where it redirects to; `null` if it does not. */
  readonly location: string | null;
  /** The beginning of its body. */
  readonly body: string;
}

/** What became of what was sent. */
export type PushVerdict =
  /** @property words - what the endpoint complains about all the same; `null` if it does not */
  | { readonly tag: 'delivered'; readonly words: string | null }
  | { readonly tag: 'later'; readonly words: string; readonly afterMs: number | null }
  | { readonly tag: 'refused'; readonly words: string };

/** Answers after which a client of OTLP tries again; InfluxDB has the same but for 502 and 504. */
const LATER = [429, 502, 503, 504];
const WORDS_LENGTH = 200;

/** The meaning of an answer. A redirect is not followed: it could lead what is sent, and its token, to anyone. */
export function verdictOf({ status, retryAfterMs, location, body }: PushAnswer): PushVerdict {
  const said = wordsIn(body);
  const words = `HTTP ${status}${said === '' ? '' : `: ${said}`}`;
  if (status >= 200 && status < 300) return { tag: 'delivered', words: rejected(body) };
  if (LATER.includes(status)) return { tag: 'later', words, afterMs: retryAfterMs };
  if (status >= 300 && status < 400 && location !== null) {
    const to = printable(location, WORDS_LENGTH);
    return { tag: 'refused', words: `HTTP ${status}: it redirects to ${to}, which is not followed; write that URL` };
  }
  return { tag: 'refused', words };
}

/** Points that a collector took no notice of (ExportMetricsPartialSuccess). A 200 may have them. */
function rejected(body: string): string | null {
  const partial = fieldsOf(fieldsOf(json(body))?.partialSuccess);
  const points = Number(partial?.rejectedDataPoints ?? 0);
  if (partial === undefined || !(points > 0)) return null;
  return `${points} points were rejected: ${printable(String(partial.errorMessage ?? ''), WORDS_LENGTH)}`;
}

/** The sentence in an answer: `message` of OTLP and InfluxDB 2, `error` of InfluxDB 1, or all of a text. */
function wordsIn(body: string): string {
  const fields = fieldsOf(json(body));
  const sentence = fields?.message ?? fields?.error;
  return printable((typeof sentence === 'string' ? sentence : body).trim(), WORDS_LENGTH);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}
