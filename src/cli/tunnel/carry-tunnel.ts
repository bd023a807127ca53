/**
 * Carries a tunnel until it is stopped: what `winze tunnel up` and `winze tunnel device` have in common.
 *
 * @module
 */
import { UpMessages } from '../../report/tunnel/up-messages.ts';
import type { TunnelEntries } from '../../run/tunnel/tunnel.ts';
import type { UpEvent } from '../../tunnel/up/up-event.ts';
import type { CliDeps } from '../deps.ts';
import { stopOnSignal } from '../stop.ts';
import type { Messages } from '../terminal/messages.ts';
import { absolute, type DaemonOptions } from './daemon-options.ts';

/** The tunnel, and how the command treats signals and steps. */
export interface CarriedTunnel
  extends Pick<Parameters<TunnelEntries['up']>[0], 'name' | 'config' | 'configPath' | 'reresolve' | 'onKeylog'> {
  /** Printed on a terminal after the first Ctrl-C. */
  readonly stopping: string;
  /** Whether a signal that is not the first ends the program; all do if it is not given. */
  readonly isForce?: (signal: string) => boolean;
  /** Prints a step. */
  readonly onStep: (line: string) => void;
  /** Called with every event. */
  readonly onEvent: (event: UpEvent) => void;
}

/** Brings the tunnel up. Settles when it is down. @throws NetError */
export async function carryTunnel(
  deps: CliDeps,
  { say, progress, watch }: Messages,
  { threads, pidFile }: DaemonOptions,
  { stopping, isForce, onStep, onEvent, ...tunnel }: CarriedTunnel,
): Promise<void> {
  const stop = stopOnSignal(deps, () => watch(stopping), isForce);
  const messages = new UpMessages({ say, progress, step: onStep, hasTerminal: deps.started === null });
  try {
    const { up } = await deps.tunnel();
    await up({
      ...tunnel,
      threads: threads ?? null,
      openConfig: (path) => deps.openOutput(path, 'secret'),
      pidFile: pidFile === undefined ? null : absolute(pidFile),
      signal: stop.signal,
      onEvent: (event) => {
        onEvent(event);
        messages.handle(event);
        if (event.tag === 'up') deps.started?.();
      },
    });
  } finally {
    stop.dispose();
    messages.finish();
  }
}
