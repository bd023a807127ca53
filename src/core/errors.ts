/**
 * The one error class of the project and its closed set of codes.
 *
 * Callers match on `code`; the command line maps each code to an exit status in one place.
 *
 * @module
 */

/** Cause of a `NetError`. Part of the public interface: codes are added, not renamed. */
export type ErrorCode =
  /** The caller gave an invalid option, value or combination. */
  | 'ERR_USAGE'
  /** A name did not resolve, or nothing answered at the address. */
  | 'ERR_CONNECT'
  /** The server refused: busy, limits, authentication. */
  | 'ERR_REFUSED'
  /** This host or platform lacks a privilege or a component. */
  | 'ERR_UNSUPPORTED'
  /** The other end violated the protocol, or uses another one. */
  | 'ERR_PEER_PROTOCOL'
  /** The connection to the other end was lost during a test, or the other end stopped sending. */
  | 'ERR_PEER_LOST'
  /** The test ran, and no packet of it was received. */
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

/** The error for a mistake on the command line or in options: one line that says what is wrong and what to write instead. */
export function usageError(message: string, options?: { readonly cause?: unknown }): NetError {
  return new NetError('ERR_USAGE', message, options);
}

/** The message of anything that was thrown, without a stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The system error code (`ECONNREFUSED`) of anything that was thrown; `undefined` if it has none. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
