/**
 * The programs that can capture: their arguments, and the statistics in their output.
 *
 * @see tcpdump(1), dumpcap(1)
 * @module
 */
import type { LivePlan, LiveStatistics } from './live-source.ts';

/** One of these programs. */
export interface CaptureTool {
  readonly program: 'tcpdump' | 'dumpcap';
  /** How long it may buffer packets, unless `LivePlan.isPrompt`. It is stopped that much later. */
  readonly lagMs: number;
  /** Arguments with which it writes a pcap file to its standard output. */
  readonly argumentsFor: (plan: LivePlan) => readonly string[];
  /** Matches its standard error once it has begun. */
  readonly begun: RegExp;
  /** Reads the packet counts from its standard error. */
  readonly statisticsOf: (stderr: string) => LiveStatistics;
}

/** Size of the kernel's buffer: half a second at 1 Gbit/s. If memory is short, libpcap takes less. */
const BUFFER_MIB = 64;

const tcpdump: CaptureTool = {
  program: 'tcpdump',
  // tcpdump lets libpcap wait 1000 ms before it delivers a block that is not full.
  lagMs: 1200,
  argumentsFor: ({ device, filter, snaplen, isPrompt }) => [
    ...['-i', device, '-n', '-s', String(snaplen), '-B', String(BUFFER_MIB * 1024), '-w', '-'],
    ...(isPrompt ? ['-U', '--immediate-mode'] : []),
    // After `--`, a filter that begins with a dash is not taken for an option.
    ...(filter === '' ? [] : ['--', filter]),
  ],
  begun: /listening on /,
  statisticsOf: (stderr) => ({
    tool: 'tcpdump',
    received: numberIn(stderr, /^(\d+) packets? received by filter/m),
    dropped: numberIn(stderr, /^(\d+) packets? dropped by kernel/m),
    // tcpdump prints this line only if the count is not 0.
    droppedByDevice:
      numberIn(stderr, /^(\d+) packets? dropped by interface/m) ?? numberIn(stderr, /^(0) packets? drop/m),
  }),
};

const dumpcap: CaptureTool = {
  program: 'dumpcap',
  lagMs: 500,
  argumentsFor: ({ device, filter, snaplen, isPrompt }) => [
    ...['-i', device, '-q', '-P', '-s', String(snaplen), '-B', String(BUFFER_MIB), '-w', '-'],
    ...(isPrompt ? ['--update-interval', '100'] : []),
    ...(filter === '' ? [] : ['-f', filter]),
  ],
  // It says "Capturing on" before it opens the device, and this after it has set the filter.
  begun: /^File: /m,
  statisticsOf: (stderr) => ({
    tool: 'dumpcap',
    received: numberIn(stderr, /^Packets received\/dropped on interface [^\n]*: (\d+)\//m),
    dropped: numberIn(stderr, /\(pcap:(\d+)\//),
    droppedByDevice: numberIn(stderr, /ps_ifdrop:(\d+)\)/),
  }),
};

/** The programs, in the order in which they are tried. */
export const CAPTURE_TOOLS: readonly CaptureTool[] = [tcpdump, dumpcap];

function numberIn(text: string, pattern: RegExp): number | null {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}
