/**
 * The error for a probe that cannot leave this host.
 *
 * @module
 */
import { NetError } from '../../../core/errors.ts';

/** The error. @param reason - name of the error of the system */
export function cannotSend(address: string, reason: string): NetError {
  return new NetError('ERR_CONNECT', `cannot send to ${address}: ${reason}${adviceOn(reason)}`);
}

function adviceOn(reason: string): string {
  switch (reason) {
    case 'ENETUNREACH':
      return ': this host has no route there';
    case 'EMSGSIZE':
      return ': the device takes no packet of that length; use a smaller -l';
    case 'EACCES':
      return ': a rule of this host forbids it';
    default:
      return '';
  }
}
