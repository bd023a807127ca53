/**
 * Memory of this process, and of the kernel of this host.
 *
 * @see proc_meminfo(5)
 * @module
 */
import { join } from 'node:path';
import process from 'node:process';
import { readText, SYSTEM_ROOTS, type SystemRoots } from './files/kernel-files.ts';

/** Memory in use at one instant. */
export interface MemoryReading {
  /** Resident memory of this process, in bytes; `null` if it cannot be read, as without a descriptor for it. */
  readonly processBytes: number | null;
  /** Memory of the kernel's own objects (`Slab`), in bytes; `null` where the system does not report it. */
  readonly kernelBytes: number | null;
}

/** Reads how much memory is in use now. Never throws. */
export function readMemory(roots: SystemRoots = SYSTEM_ROOTS): MemoryReading {
  const slab = /^Slab:\s+(\d+) kB$/m.exec(readText(join(roots.proc, 'meminfo')) ?? '')?.[1];
  return { processBytes: residentBytes(), kernelBytes: slab === undefined ? null : Number(slab) * 1024 };
}

function residentBytes(): number | null {
  try {
    return process.memoryUsage.rss();
  } catch {
    return null;
  }
}
