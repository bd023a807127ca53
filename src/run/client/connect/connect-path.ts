/**
 * Connects one path of a run, or finds out why it cannot be connected.
 *
 * @module
 */

import { NetError } from '../../../core/errors.ts';
import type { ClientConfig } from '../../../core/shapes/config.ts';
import { hmacSha256, randomOctets } from '../../hmac.ts';
import { hostPath } from '../../path/host-path.ts';
import { SlowPath } from '../slow-path.ts';
import { ClientPath } from './client-path.ts';
import { PathConnection, type PathHandlers } from './path-connection.ts';
import { type PathTarget, resolveTarget } from './resolve-target.ts';

/** Options that all paths of a run share. */
export interface PathOpening {
  readonly config: ClientConfig;
  readonly clientId: string;
}

/**
 * Opens a connection to a target and waits until it is admitted.
 *
 * @param wait - whether to wait in the queue of a busy server
 */
export function openPath(
  target: PathTarget,
  wait: boolean,
  handlers: PathHandlers,
  { config, clientId }: PathOpening,
): Promise<PathConnection> {
  const deps = { secret: config.secret, wait, clientId, hmac: hmacSha256, nonce: randomOctets(32) };
  return PathConnection.open(target, deps, handlers);
}

/**
 * Connects a path of a run.
 *
 * @param before - the paths before it, connected or not; the first is the baseline
 * @returns the path, with its connection or with the reason why there is none
 * @throws NetError errors that end the run: a mistake of the user, another server, the signal
 */
export async function connectPath(
  name: string,
  before: readonly ClientPath[],
  opening: PathOpening,
): Promise<ClientPath> {
  const { config } = opening;
  const { wait, signal, onEvent, connect_timeout_ns: limitNs } = config;
  const [first] = before;
  const line = first ? { facts: first.facts, answers: first.connection !== null } : null;
  let started: SlowPath | undefined;
  try {
    const target = await resolveTarget(name, config, before.length === 0);
    const diagnosis = new SlowPath({ address: target.addresses[0] ?? name, port: target.port, limitNs, line, signal });
    started = diagnosis;
    const handlers: PathHandlers = {
      limitNs,
      signal,
      onAnswer: () => diagnosis.close(),
      onQueued: (place: number) => onEvent({ tag: 'queued', path: name, place }),
    };
    const path = ClientPath.connected(await openPath(target, wait, handlers, opening));
    checkSameServer(path, before);
    return path;
  } catch (error) {
    // A mistake of the user is reported before anything is measured.
    if (!(error instanceof NetError) || signal?.aborted || error.code === 'ERR_USAGE') throw error;
    const explained = (await started?.explain(error)) ?? error;
    return ClientPath.failed(name, (await started?.facts()) ?? (await hostPath(name)), explained);
  } finally {
    started?.close();
  }
}

function checkSameServer({ name, connection }: ClientPath, before: readonly ClientPath[]): void {
  const first = before.find((path) => path.connection !== null);
  if (!first?.connection || !connection || first.connection.serverId === connection.serverId) return;
  connection.close();
  const message = `${first.name} and ${name} are not the same server: --via takes another address of the same winze -s`;
  throw new NetError('ERR_USAGE', message);
}
