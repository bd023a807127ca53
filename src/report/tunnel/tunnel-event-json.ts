/**
 * Events of a tunnel, one JSON object for each line: `{"event":"dropped","time":…,"peer":…,"data":…}`.
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import type { StreamError } from '../../core/shapes/stream-events.ts';
import type { Endpoint } from '../../core/shapes/tunnel-config.ts';
import { formatKey } from '../../tunnel/keys.ts';
import type { UpEvent } from '../../tunnel/up/up-event.ts';
import type { TunnelEvent } from '../../tunnel/wireguard/events.ts';

/** One line of `winze tunnel up --json-stream`. The fields of `data` are in docs/tunnel.md. */
export interface TunnelStreamEvent {
  /** The tag of the event, or `error`: why the tunnel did not come up, or went down. */
  readonly event: string;
  /** Time of day: RFC 3339, in UTC, with milliseconds. */
  readonly time: string;
  /** Public key in base64; `null` if the event is of no single peer. */
  readonly peer: string | null;
  readonly data: object;
}

/**
 * The object of `winze tunnel up --json-stream` for an event.
 *
 * @param time - time of day, RFC 3339 in UTC
 */
export function upStreamEvent(event: UpEvent, time: string): TunnelStreamEvent {
  switch (event.tag) {
    case 'tunnel':
      return line(event.event.tag, time, event.event.peer, tunnelData(event.event));
    case 'up': {
      const { device, mtu, listenPort } = event;
      return line('up', time, null, { device, mtu_bytes: mtu, listen_port: listenPort });
    }
    case 'resolved':
      return line('resolved', time, event.publicKey, { host: event.host, to: text(event.endpoint) });
    case 'forwarding': {
      const { tag, ...data } = event.finding;
      return line(tag, time, null, data);
    }
    case 'step':
      return line('step', time, null, { words: event.words });
    case 'warning':
      return line('warning', time, null, { message: event.message });
    default:
      return event satisfies never;
  }
}

/** The line of a tunnel that failed. @param time - time of day, RFC 3339 in UTC */
export function tunnelStreamError({ code, message }: StreamError, time: string): TunnelStreamEvent {
  return { event: 'error', time, peer: null, data: { code, message } };
}

function line(event: string, time: string, peer: Uint8Array | null, data: object): TunnelStreamEvent {
  return { event, time, peer: peer && formatKey(peer), data };
}

function tunnelData(event: TunnelEvent): object {
  switch (event.tag) {
    case 'initiation-sent':
      return {
        cause: event.cause,
        attempt: event.attempt,
        wrongly_answered: event.wronglyAnswered,
        to: text(event.to),
      };
    case 'initiation-received':
      return { from: text(event.from) };
    case 'response-sent':
    case 'cookie-sent':
      return { to: text(event.to) };
    case 'response-received':
      return { from: text(event.from), rtt_ns: event.rttNs };
    case 'handshake-failed':
      return { attempts: event.attempts, wrongly_answered: event.wronglyAnswered };
    case 'not-confirmed':
      return { responses: event.responses, has_preshared_key: event.hasPresharedKey };
    case 'roamed':
      return { from: text(event.from), to: text(event.to) };
    case 'under-load':
      return { queued: event.queued };
    case 'thread-lost':
      return { reason: event.reason };
    case 'dropped':
      return { reason: event.reason, count: event.count, detail: event.detail };
    case 'session-confirmed':
    case 'cookie-received':
    case 'keepalive-sent':
    case 'keepalive-received':
    case 'keys-zeroed':
      return {};
    default:
      return event satisfies never;
  }
}

function text({ address, port }: Endpoint): string {
  return formatEndpoint(address, port);
}
