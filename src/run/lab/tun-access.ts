/**
 * Whether this process may create TUN devices, checked before several programs fail for the same reason.
 *
 * @module
 */
import { closeSync, openSync } from 'node:fs';
import { messageOf, systemCodeOf } from '../../core/errors.ts';

const CLONE_DEVICE = '/dev/net/tun';

/** The reason why it may not, with advice; `null` if it may. Opening the file does not create a device. */
export function tunObstacle(path = CLONE_DEVICE): string | null {
  try {
    closeSync(openSync(path, 'r+'));
    return null;
  } catch (error) {
    switch (systemCodeOf(error)) {
      case 'ENOENT':
      case 'ENODEV':
      case 'ENXIO':
        return `there is no ${path}; load the module (modprobe tun), or start the container with --device ${path}`;
      case 'EACCES':
        return `this user may not open ${path}; allow it with: chmod 666 ${path}, or run as root`;
      case 'EPERM':
        return `this container may not open ${path}; start it with --device ${path}`;
      default:
        return `${path} cannot be opened: ${messageOf(error)}`;
    }
  }
}
