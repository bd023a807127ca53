/**
 * Entry of the process that captures with the package `pcap`.
 *
 * Argument: the plan, as JSON. Standard output: a pcap file. Standard error: what there is to say, a line of JSON each.
 * It ends when its standard input does.
 *
 * @module
 */
import { readSync, writeSync } from 'node:fs';
import process from 'node:process';
import { messageOf, systemCodeOf } from '../../../core/errors.ts';
import type { LivePlan } from './live-source.ts';
import { PcapCapture } from './pcap-capture.ts';
import { loadPcap } from './pcap-package.ts';
import type { PcapLine } from './pcap-source.ts';

const [STDIN, STDOUT, STDERR] = [0, 1, 2];
const NOTHING = new Uint8Array(1);
/** Nobody changes it: waiting for that is to wait for some time. */
const CLOCK = new Int32Array(new SharedArrayBuffer(4));
/** A pipe that is full has room again when its reader had a turn. */
const FULL_PIPE_MS = 1;

const tell = (line: PcapLine): void => void writeSync(STDERR, `${JSON.stringify(line)}\n`);

const plan = JSON.parse(process.argv[2] ?? '') as LivePlan;
const pcap = await loadPcap();
const capture = typeof pcap === 'string' ? pcap : begin(pcap);
if (typeof capture === 'string') {
  tell({ passedOver: capture });
  process.exit();
}
tell({ begun: true });
process.stdin.resume().once('end', () => void capture.stop());

function begin(loaded: Exclude<typeof pcap, string>): PcapCapture | string {
  try {
    return PcapCapture.begin(loaded, plan, {
      write: writeAll,
      isStopped,
      ended: (statistics) => {
        tell({ statistics });
        process.exit();
      },
    });
  } catch (error) {
    tell({ refused: messageOf(error) });
    process.exit();
  }
}

function writeAll(octets: Uint8Array): void {
  for (let from = 0; from < octets.length; ) {
    try {
      from += writeSync(STDOUT, octets, from);
    } catch (error) {
      // EPIPE: nobody reads on.
      if (systemCodeOf(error) !== 'EAGAIN') process.exit();
      Atomics.wait(CLOCK, 0, 0, FULL_PIPE_MS);
    }
  }
}

/** The end of standard input without a turn of the event loop: libuv reads it without waiting. */
function isStopped(): boolean {
  try {
    return readSync(STDIN, NOTHING) === 0;
  } catch {
    // EAGAIN: nothing yet.
    return false;
  }
}
