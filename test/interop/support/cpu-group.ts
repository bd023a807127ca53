/**
 * A control group that has a share of a core, in whichever version of control groups has processor time here.
 *
 * @module
 */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [V2, V1] = ['/sys/fs/cgroup', '/sys/fs/cgroup/cpu'];
let count = 0;

export class CpuGroup {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Makes one without a quota; `null` where none can be made. */
  static make(): CpuGroup | null {
    const path = join(existsSync(V1) ? V1 : V2, `winze-test-${process.pid}-${count++}`);
    try {
      mkdirSync(path);
    } catch {
      return null;
    }
    if (existsSync(join(path, 'cpu.max')) || existsSync(join(path, 'cpu.cfs_quota_us'))) return new CpuGroup(path);
    rmdirSync(path);
    return null;
  }

  /** What stands before a command that begins in the group. */
  get before(): readonly string[] {
    return ['sh', '-c', `echo $$ > ${this.#path}/cgroup.procs; exec "$@"`, 'sh'];
  }

  /** Gives all of it together so many cores. */
  limit(cores: number): void {
    const quota = `${cores * 100_000}`;
    if (existsSync(join(this.#path, 'cpu.max'))) writeFileSync(join(this.#path, 'cpu.max'), `${quota} 100000`);
    else writeFileSync(join(this.#path, 'cpu.cfs_quota_us'), quota);
  }

  /** Removes it when its processes have ended; the kernel lets go of them a moment later. */
  async remove(): Promise<void> {
    for (let tries = 0; existsSync(this.#path); tries++) {
      try {
        rmdirSync(this.#path);
      } catch (error) {
        if (tries > 100) throw error;
        await sleep(20);
      }
    }
  }
}
