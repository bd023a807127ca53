/**
 * Parses requests of the configuration protocol (https://www.wireguard.com/xplatform/) from a stream.
 *
 * ```text
 * get=1 LF LF                          set=1 LF { key=value LF } LF
 * ```
 *
 * A connection may carry any number of requests, in chunks of any size. Unlike wireguard-go, no part of a request with
 * an error is applied.
 *
 * @module
 */
import type { DeviceChange } from '../../core/shapes/tunnel-config.ts';
import { ERRNO } from './errno.ts';
import { SetRequest } from './set-request.ts';

/** One complete request. */
export type UapiRequest =
  | { readonly tag: 'get' }
  | { readonly tag: 'set'; readonly change: DeviceChange }
  /** `close`: the connection must be closed, since the beginning of the next request is not known. */
  | { readonly tag: 'refused'; readonly errno: number; readonly reason: string; readonly close: boolean };

/** Longest line that is accepted; valid lines have fewer than 100 characters. */
export const MAX_UAPI_LINE_BYTES = 512;
/** Most lines of one request: as many as a configuration file may have values. */
export const MAX_UAPI_LINES = 524_288;

type Refusal = Extract<UapiRequest, { tag: 'refused' }>;
type State =
  | { readonly tag: 'idle' }
  | { readonly tag: 'get' }
  | { readonly tag: 'set'; readonly request: SetRequest; lines: number }
  /** The rest of a refused request is skipped, up to its blank line. */
  | { readonly tag: 'refusing'; readonly refusal: Refusal; lines: number }
  | { readonly tag: 'closed' };

/** Push parser for one connection. */
export class UapiRequestParser {
  #state: State = { tag: 'idle' };
  /** Beginning of a line that is not complete yet. */
  #rest = '';

  /** Parses received octets and returns the requests that they complete. Never throws. */
  handleChunk(bytes: Uint8Array): readonly UapiRequest[] {
    const requests: UapiRequest[] = [];
    let start = 0;
    while (this.#state.tag !== 'closed') {
      const end = bytes.indexOf(LINE_FEED, start);
      const stop = end < 0 ? bytes.length : end;
      if (this.#rest.length + stop - start > MAX_UAPI_LINE_BYTES) {
        requests.push(this.#close(`a line of more than ${MAX_UAPI_LINE_BYTES} octets`));
        break;
      }
      // Latin-1, since no valid key or value contains anything but ASCII.
      this.#rest += String.fromCharCode(...bytes.subarray(start, stop));
      if (end < 0) break;
      const line = this.#rest;
      this.#rest = '';
      const request = this.#handleLine(line);
      if (request) requests.push(request);
      start = end + 1;
    }
    return requests;
  }

  #handleLine(line: string): UapiRequest | undefined {
    const state = this.#state;
    switch (state.tag) {
      case 'idle':
        return this.#begin(line);
      case 'get':
        if (line === '') return this.#finish({ tag: 'get' });
        return this.#refuse(ERRNO.EINVAL, 'get=1 takes no further lines', 1);
      case 'set':
        if (line === '') return this.#finish({ tag: 'set', change: state.request.change() });
        return this.#handleSetLine(state, line);
      case 'refusing':
        if (line === '') return this.#finish(state.refusal);
        return ++state.lines > MAX_UAPI_LINES ? this.#close(TOO_MANY_LINES) : undefined;
      case 'closed':
        return undefined;
      default:
        return state satisfies never;
    }
  }

  #begin(line: string): UapiRequest | undefined {
    if (line === 'get=1') this.#state = { tag: 'get' };
    else if (line === 'set=1') this.#state = { tag: 'set', request: new SetRequest(), lines: 0 };
    else return this.#close('a request begins with get=1 or set=1');
    return undefined;
  }

  #handleSetLine(state: Extract<State, { tag: 'set' }>, line: string): UapiRequest | undefined {
    if (++state.lines > MAX_UAPI_LINES) return this.#close(TOO_MANY_LINES);
    const equals = line.indexOf('=');
    if (equals < 1) return this.#refuse(ERRNO.EPROTO, 'a line without key=value', state.lines);
    const fault = state.request.handleLine(line.slice(0, equals), line.slice(equals + 1));
    return fault === undefined ? undefined : this.#refuse(ERRNO.EINVAL, fault, state.lines);
  }

  #refuse(errno: number, fault: string, lines: number): undefined {
    const reason = `line ${lines + 1} of the request: ${fault}`;
    this.#state = { tag: 'refusing', refusal: { tag: 'refused', errno, reason, close: false }, lines };
  }

  #finish(request: UapiRequest): UapiRequest {
    this.#state = { tag: 'idle' };
    return request;
  }

  #close(reason: string): Refusal {
    this.#state = { tag: 'closed' };
    this.#rest = '';
    return { tag: 'refused', errno: ERRNO.EPROTO, reason, close: true };
  }
}

const LINE_FEED = 0x0a;
const TOO_MANY_LINES = `a request of more than ${MAX_UAPI_LINES} lines`;
