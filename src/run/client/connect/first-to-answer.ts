/**
 * Tries several addresses of a host and uses the first that answers ("Happy Eyeballs", RFC 8305).
 *
 * Node's own `autoSelectFamily` gives up an attempt when it begins the next one, so that a good address with a round
 * trip above its limit is never used (node:net, `autoSelectFamilyAttemptTimeout`). Here attempts continue in parallel,
 * as in RFC 8305 §5.
 *
 * @module
 */
import { parseIp } from '../../../core/address.ts';

/** "Connection Attempt Delay" (RFC 8305 §8). */
export const ATTEMPT_DELAY_MS = 250;

/** A connection attempt in progress. */
export interface Attempt<T> {
  readonly answer: Promise<T>;
  /** Aborts the attempt, or closes its result. */
  readonly cancel: () => void;
}

/** An address that was tried without success; `error` is `null` if it had not answered yet. */
export interface OtherAttempt {
  readonly address: string;
  readonly error: unknown;
}

/** The result of the attempt that succeeded first. */
export interface Answered<T> {
  readonly value: T;
  readonly address: string;
  /** The other attempts, in the order in which they were begun. */
  readonly passed: readonly OtherAttempt[];
}

/** None of several addresses answered. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly passed: readonly OtherAttempt[];

  constructor(passed: readonly OtherAttempt[]) {
    super('no address answered');
    this.passed = passed;
  }
}

/**
 * Orders addresses so that the families alternate, each in the order of the resolver (RFC 8305 §4, "First Address
 * Family Count" 1).
 */
export function interleaved(addresses: readonly string[]): readonly string[] {
  const [first] = addresses;
  const family = first === undefined ? undefined : parseIp(first)?.family;
  const same = addresses.filter((address) => parseIp(address)?.family === family);
  const other = addresses.filter((address) => parseIp(address)?.family !== family);
  return Array.from({ length: Math.max(same.length, other.length) }, (_, i) =>
    [same[i], other[i]].filter((address) => address !== undefined),
  ).flat();
}

/**
 * Begins with the first address. Begins the next attempt when one has failed, or after the delay.
 *
 * @throws NoAnswer when all have failed
 */
export function firstToAnswer<T>(
  addresses: readonly string[],
  begin: (address: string) => Attempt<T>,
  delayMs = ATTEMPT_DELAY_MS,
): Promise<Answered<T>> {
  const begun: { readonly address: string; readonly cancel: () => void; error: unknown }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let settled = false;
  let waiting = 0;
  return new Promise((resolve, reject) => {
    const passed = (but?: string): readonly OtherAttempt[] =>
      begun.filter(({ address }) => address !== but).map(({ address, error }) => ({ address, error }));
    const next = (): void => {
      clearTimeout(timer);
      const address = addresses[begun.length];
      if (address === undefined) {
        if (waiting > 0) return;
        settled = true;
        return reject(new NoAnswer(passed()));
      }
      const attempt = begin(address);
      const entry = { address, cancel: attempt.cancel, error: null as unknown };
      begun.push(entry);
      waiting++;
      if (begun.length < addresses.length) timer = setTimeout(next, delayMs);
      attempt.answer.then(
        (value) => {
          if (settled) return attempt.cancel();
          settled = true;
          clearTimeout(timer);
          for (const other of begun) if (other !== entry) other.cancel();
          resolve({ value, address, passed: passed(address) });
        },
        (error: unknown) => {
          waiting--;
          entry.error = error;
          if (!settled) next();
        },
      );
    };
    next();
  });
}
