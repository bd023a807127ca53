/**
 * Entry of the process that captures with the package `pcap`.
 *
 * Argument: the plan, as JSON. Standard output: a pcap file. Standard error: a `PcapLine` in JSON on each line. The
 * process ends when its standard input is closed.
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
/** A word that never changes: waiting for a change with a timeout is a synchronous sleep. */
const CLOCK = new Int32Array(new SharedArrayBuffer(4));
/** How long to sleep while the pipe to the reader is full. */
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
      // EPIPE: the reader has closed the pipe.
      if (systemCodeOf(error) !== 'EAGAIN') process.exit();
      Atomics.wait(CLOCK, 0, 0, FULL_PIPE_MS);
    }
  }
}

/** Whether standard input was closed, without a turn of the event loop. It is non-blocking, since libuv reads it. */
function isStopped(): boolean {
  try {
    return readSync(STDIN, NOTHING) === 0;
  } catch {
    // EAGAIN: nothing yet.
    return false;
  }
}
