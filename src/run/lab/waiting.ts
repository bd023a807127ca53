/**
 * Waits until a service that was started is ready.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { NetError } from '../../core/errors.ts';
import { NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { monotonicNow } from '../monotonic.ts';
import type { Service } from './sides/side.ts';

/**
 * Time limit. A service that fails ends by itself. On two cores with twenty busy processes, starting takes half a
 * minute.
 */
const LIMIT = 60 * NS_PER_S;
const STEP = 50 * NS_PER_MS;

/**
 * Waits until `isThere` returns true.
 *
 * @throws NetError `ERR_UNSUPPORTED` when the service ends before, or 60 s have passed
 */
export async function appears(isThere: () => Promise<boolean>, what: string, service: Service): Promise<void> {
  let said: string | null = null;
  service.ended.then((words) => {
    said = words;
  });
  for (const until = monotonicNow() + LIMIT; monotonicNow() < until; await delay(STEP / NS_PER_MS)) {
    if (await isThere()) return;
    if (said !== null) throw new NetError('ERR_UNSUPPORTED', said);
  }
  throw new NetError('ERR_UNSUPPORTED', `${what} was not ready in 60 s`);
}
