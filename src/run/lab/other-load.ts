/**
 * What else this machine is busy with: a lab on a busy machine measures that as well.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CpuMeter } from '../../system/cpu.ts';

/** 30 ticks of /proc/stat for each core. */
const LOOK_MS = 300;

/** Cores that are busy while the lab rests; `null` where this system does not tell. */
export async function otherLoad(): Promise<number | null> {
  const meter = new CpuMeter();
  await delay(LOOK_MS);
  return meter.read().host_busy_cores;
}
