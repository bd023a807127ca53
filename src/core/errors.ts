/**
 * The one error class of the project and its closed set of codes.
 *
 * Callers match on `code`; the command line maps each code to an exit status in one place.
 *
 * @module
 */

export type ErrorCode =
  /** The caller asked for something that makes no sense: flags, values, combinations. */
  | 'ERR_USAGE'
  /** A name did not resolve, or nothing answered at the address. */
  | 'ERR_CONNECT'
  /** The server said no: busy, limits, authentication. */
  | 'ERR_REFUSED'
  /** This host or platform lacks a privilege or a component. */
  | 'ERR_UNSUPPORTED'
  /** The other end broke the protocol, or speaks another one. */
  | 'ERR_PEER_PROTOCOL'
  /** The other end went away, or fell silent, in the middle of a test. */
  | 'ERR_PEER_LOST'
  /** The test ran, and nothing that was sent in it arrived. */
  | 'ERR_NOTHING_RECEIVED'
  /** A file could not be written. */
  | 'ERR_OUTPUT'
  /** The test was stopped on request. */
  | 'ERR_ABORTED';

/** A failure that a user can act on. The message is one line: what failed, where, what to do. */
export class NetError extends Error {
  override readonly name = 'NetError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Text of anything that was thrown, without a stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The system's short name of a failure (`ECONNREFUSED`), if it carries one. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
