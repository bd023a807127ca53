/**
 * Set up once for all files of tests whose peer is the kernel's WireGuard: one machine, which they share.
 *
 * @module
 */
import type { TestProject } from 'vitest/node';
import { Machine } from '../../vm/support/machine.mjs';
import { missingPeers } from './peers.ts';

/** Of all labs that files have at the same time. Each is a card of the machine, whose bus has room for 27. */
const LINES = 18;
const MODULES = ['wireguard', 'veth', 'nf_tables', 'sch_netem', 'tun'];

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // Then the tests are skipped, and say so.
  if (missingPeers(['kernel']) !== null) return undefined;
  const machine = await Machine.boot({
    modules: MODULES,
    lines: LINES,
    processors: 2,
    memoryMiB: 1536,
    limitSeconds: 3600,
    bootLimitMs: 280_000,
  });
  project.provide('kernelMachine', machine.place);
  return () => machine.end();
}
