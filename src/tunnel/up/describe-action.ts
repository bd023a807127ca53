/**
 * Formats actions for the terminal.
 *
 * @module
 */
import type { UndoAction, UpAction } from './action.ts';

/** Describes an action as a command line that does the same, or nearly so. */
export function describeAction(action: UpAction | UndoAction): string {
  switch (action.tag) {
    case 'command':
      return action.argv.includes('-batch')
        ? `${action.argv.join(' ')} (${action.input.split('\n').length - 1} routes)`
        : action.argv.join(' ');
    case 'hook':
      return action.snippet;
    case 'setting':
      return `sysctl -q -w ${action.name}=${action.value}`;
    case 'remove-file':
      return `rm -f ${action.path}`;
    case 'save-config':
      return `save ${action.path}`;
    case 'open-device':
      return `ip tuntap add ${action.name} mode tun`;
    case 'close-device':
      return `ip link delete dev ${action.name}`;
    case 'listen':
      return `listen on ${action.path}`;
    case 'configure': {
      const { listenPort, fwmark, peers } = action.change;
      const port = listenPort ? `port ${listenPort}` : 'any port';
      const mark = fwmark ? `, fwmark ${fwmark}` : '';
      return `configure ${action.name}: ${port}${mark}, ${peers.length} ${peers.length === 1 ? 'peer' : 'peers'}`;
    }
    default:
      return action satisfies never;
  }
}
