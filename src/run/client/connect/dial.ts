/**
 * Opens the TCP connection to a server, at the address that answers first.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import { formatEndpoint } from '../../../core/address.ts';
import { messageOf, NetError, systemCodeOf } from '../../../core/errors.ts';
import { type Nanos, NS_PER_MS, NS_PER_S } from '../../../core/time.ts';
import { monotonicNow } from '../../monotonic.ts';
import { abortError } from '../abort.ts';
import { type Attempt, firstToAnswer, NoAnswer, type OtherAttempt } from './first-to-answer.ts';
import type { PathTarget } from './resolve-target.ts';

/** A connection that was opened. */
export interface Dialled {
  readonly socket: Socket;
  readonly address: string;
  /** Messages about the addresses that were tried before the one that answered. */
  readonly notes: readonly string[];
}

/** The error when nothing was received before the timeout. */
export class ConnectTimeout extends Error {
  override readonly name = 'ConnectTimeout';
}

/**
 * Connects to the target.
 *
 * @param limitNs - time limit for all attempts together
 * @throws NetError `ERR_CONNECT`, whose cause is the system's error, or a `ConnectTimeout`; the reason of the signal
 */
export async function dial(target: PathTarget, limitNs: Nanos, signal: AbortSignal | null): Promise<Dialled> {
  const until = monotonicNow() + limitNs;
  try {
    const { value, address, passed } = await firstToAnswer(target.addresses, (one) =>
      attempt(one, target, until, signal),
    );
    value.removeAllListeners('error');
    const notes = passed.map((one) => `${address} is taken: ${one.address} ${attemptWords(one, target.localAddress)}`);
    return { socket: value, address, notes };
  } catch (error) {
    if (signal?.aborted) throw abortError(signal);
    throw error instanceof NoAnswer ? failure(target, error.passed, limitNs) : error;
  }
}

function attempt(address: string, target: PathTarget, until: number, signal: AbortSignal | null): Attempt<Socket> {
  const { port, localAddress } = target;
  const socket = connect({ host: address, port, ...(localAddress === null ? {} : { localAddress }) });
  // An attempt that was given up may still fail.
  socket.on('error', () => {});
  const abort = (): void => void socket.destroy(abortError(signal));
  const limit = setTimeout(
    () => socket.destroy(new ConnectTimeout()),
    Math.max(1, (until - monotonicNow()) / NS_PER_MS),
  );
  signal?.addEventListener('abort', abort);
  const answer = new Promise<Socket>((resolve, reject) => {
    socket.once('error', reject).once('connect', () => resolve(socket));
    if (signal?.aborted) abort();
  }).finally(() => {
    clearTimeout(limit);
    signal?.removeEventListener('abort', abort);
  });
  return {
    answer,
    cancel: () => {
      clearTimeout(limit);
      socket.destroy();
    },
  };
}

function attemptWords({ error }: OtherAttempt, localAddress: string | null): string {
  return error === null ? 'had not answered by then' : `did not answer (${reasonOf(error, localAddress)})`;
}

function failure({ name, port, localAddress }: PathTarget, passed: readonly OtherAttempt[], limitNs: Nanos): NetError {
  const [first] = passed;
  if (first === undefined) return new NetError('ERR_CONNECT', `${name} has no address`);
  if (passed.length === 1) {
    const where = formatEndpoint(first.address, port);
    if (first.error instanceof ConnectTimeout) {
      return new NetError('ERR_CONNECT', `no answer from ${where} in ${limitNs / NS_PER_S} s`, { cause: first.error });
    }
    const message = `cannot connect to ${where}: ${reasonOf(first.error, localAddress)}`;
    return new NetError('ERR_CONNECT', message, { cause: first.error });
  }
  const each = passed.map(({ address, error }) => `${address}: ${reasonOf(error, localAddress)}`).join('; ');
  // An error of the system is more informative than a timeout.
  const cause = passed.find(({ error }) => !(error instanceof ConnectTimeout))?.error ?? first.error;
  return new NetError('ERR_CONNECT', `cannot connect to ${name} port ${port}: ${each}`, { cause });
}

function reasonOf(error: unknown, localAddress: string | null): string {
  if (error instanceof ConnectTimeout) return 'no answer';
  const hints: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there; start one with winze -s',
    ECONNRESET: 'it was reset, by a firewall or a server that is full',
    EHOSTUNREACH: 'the host is unreachable',
    ENETUNREACH: 'there is no route to it',
    ETIMEDOUT: 'no answer',
    EPERM: 'a firewall of this host forbids it; see nft list ruleset',
    EACCES: 'a route or a rule of this host forbids it; see ip route and ip rule',
    ENOKEY: 'no peer of the tunnel has it in its AllowedIPs',
    EDESTADDRREQ: 'its peer of the tunnel has no endpoint',
    EADDRNOTAVAIL: `${localAddress ?? 'the local address'} is not an address of this host`,
    EINVAL: 'the local address and the server do not fit together',
  };
  return hints[systemCodeOf(error) ?? ''] ?? messageOf(error);
}
