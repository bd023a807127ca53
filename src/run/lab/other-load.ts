/**
 * Measures the load by other programs: on a busy machine, results of the lab include it.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CpuMeter } from '../../system/cpu.ts';

/** Time to measure: 30 ticks of /proc/stat for each core. */
const LOOK_MS = 300;

/**
 * Cores that are busy while the lab is idle, 1.0 for each; `null` where this system does not report it. Takes 300 ms.
 */
export async function otherLoad(): Promise<number | null> {
  const meter = new CpuMeter();
  await delay(LOOK_MS);
  return meter.read().host_busy_cores;
}
