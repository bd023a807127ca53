/**
 * One request that sends metrics. What the endpoint decides is bounded: time, headers, and what is read of its body.
 *
 * @module
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { PushAnswer } from '../../../metrics/encoding/push-answer.ts';

/** What is sent. */
export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one request. */
export type Post = (request: PostRequest, signal: AbortSignal) => Promise<PushAnswer>;

/** Octets of the body that are read: enough for the sentence in it. */
const MOST_BODY_BYTES = 4096;

/**
 * Sends a request on a connection of its own, and follows no redirect.
 *
 * @throws an error of the system, or that of `signal`
 */
export const post: Post = ({ url, headers, body }, signal) =>
  new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const octets = Buffer.from(body);
    let isAnswered = false;
    const request: ClientRequest = send(
      url,
      { method: 'POST', agent: false, signal, headers: { ...headers, 'Content-Length': octets.length } },
      (response) => {
        isAnswered = true;
        const { statusCode = 0, headers: told } = response;
        // A body that is cut off, or that never ends, changes nothing of the answer.
        void beginningOf(response, signal).then((text) => {
          request.destroy();
          resolve({
            status: statusCode,
            retryAfterMs: retryAfterMs(told['retry-after'], Date.now()),
            location: told.location ?? null,
            body: text,
          });
        });
      },
    );
    // After the answer, nobody waits for what becomes of the connection.
    request.on('error', (error) => {
      if (!isAnswered) reject(signal.aborted ? signal.reason : error);
    });
    request.end(octets);
  });

function beginningOf(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    const end = (): void => resolve(Buffer.concat(parts).subarray(0, MOST_BODY_BYTES).toString('utf8'));
    response.on('data', (part: Buffer) => {
      parts.push(part);
      length += part.length;
      if (length >= MOST_BODY_BYTES) end();
    });
    for (const event of ['end', 'error', 'close']) response.on(event, end);
    signal.addEventListener('abort', end, { once: true });
  });
}

/** Seconds, or a date (RFC 9110 §10.2.3); `null` for anything else. */
function retryAfterMs(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  if (/^\d{1,15}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
