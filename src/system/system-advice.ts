/**
 * Advice for system errors, by their code.
 *
 * @module
 */
import { messageOf, systemCodeOf } from '../core/errors.ts';

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'run as root',
  EPERM: 'run as root, or with CAP_NET_ADMIN',
  EROFS: 'it is read-only here, as in many containers: mount something there that can be written to, such as a tmpfs',
  ENOSPC: 'no space is left there: make some',
  EDQUOT: 'the quota is used up: make space',
  EMFILE: 'too many files are open: raise the limit (ulimit -n)',
  ENFILE: 'the system has too many files open: raise fs.file-max',
  ENOMEM: 'memory is used up',
  EBUSY: 'something else uses it: end that first',
  ENOTDIR: 'a part of the path is no folder: remove that file',
  ENODEV: 'there is no such device: see ip link',
  ENOENT: 'it is not there: this kernel does without, or what makes it is not loaded',
  EAFNOSUPPORT: 'this kernel, or a filter of system calls, does without that kind of socket',
  ENOSYS: 'this kernel, or a filter of system calls, does without that',
};

/** The message of an error, and after a semicolon what to do, if there is advice for its code. */
export function withAdvice(error: unknown): string {
  const advice = ADVICE[systemCodeOf(error) ?? ''];
  return advice === undefined ? messageOf(error) : `${messageOf(error)}; ${advice}`;
}
