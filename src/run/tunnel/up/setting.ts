/**
 * Writes kernel parameters, like sysctl(8).
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { NetError, systemCodeOf } from '../../../core/errors.ts';
import { withAdvice } from '../../../system/system-advice.ts';

/** Errors in containers, whose processes may read settings but not write them. */
const READ_ONLY = ['EROFS', 'EACCES', 'EPERM'];

/**
 * Writes a setting.
 *
 * @param root - folder of the settings; tests use another
 *
 * @throws NetError `ERR_UNSUPPORTED` naming the setting, and where to make it instead
 */
export function writeSetting(name: string, value: string, root = '/proc/sys'): void {
  try {
    writeFileSync(`${root}/${name.replaceAll('.', '/')}`, value);
  } catch (error) {
    throw new NetError('ERR_UNSUPPORTED', failure(name, value, error), { cause: error });
  }
}

function failure(name: string, value: string, error: unknown): string {
  const code = systemCodeOf(error) ?? '';
  const what = `cannot set ${name} = ${value}`;
  if (!READ_ONLY.includes(code)) return `${what}: ${withAdvice(error)}`;
  const setting = `${name}=${value}`;
  return `${what} (${code}): settings are read-only here, as in containers; set it from outside: sysctl -w ${setting} as root in this network namespace, or the container's option --sysctl ${setting}`;
}
