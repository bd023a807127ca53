/**
 * Samples of the document of a lab. Its paths are the line, and the tunnels by their names.
 *
 * @module
 */
import type { FailedLabDocument, LabDocument, LabRow } from '../../core/shapes/lab.ts';
import { LINE } from './path-label.ts';
import { addTimes } from './path-test-samples.ts';
import { addOverhead, bytes } from './result-samples.ts';
import type { SampleSet } from './sample-set.ts';
import { addOutcomes } from './test-outcomes.ts';

const LAB = 'lab';

/** Adds the samples of a lab. */
export function addLab(out: SampleSet, document: LabDocument | FailedLabDocument): void {
  addOutcomes(out, { target: LAB }, document, []);
  for (const row of document.rows) addRow(out, row);
  for (const row of document.overhead) {
    const { path, protocol, direction } = row;
    addOverhead(out, { target: LAB, module: LAB, path: pathOf(path), protocol, direction }, row);
  }
}

function pathOf(name: string): string {
  return name === 'plain' ? LINE : name;
}

function addRow(out: SampleSet, row: LabRow): void {
  const labels = { target: LAB, module: LAB, path: pathOf(row.name) };
  const tcp = { ...labels, protocol: 'tcp', direction: 'upload' };
  const udp = { ...labels, protocol: 'udp', direction: 'upload' };
  out.add('winze_goodput_bytes_per_second', tcp, bytes(row.tcp_goodput_bps));
  out.add('winze_goodput_bytes_per_second', udp, bytes(row.udp_goodput_bps));
  // At a rate below what the row carries: UDP as fast as possible always loses.
  out.add('winze_probe_loss_ratio', udp, row.udp_paced_loss_ratio);
  out.add('winze_retransmits', tcp, row.tcp_retransmits);
  const probes = { ...labels, protocol: 'udp' };
  addTimes(out, 'winze_probe_rtt_seconds', { ...probes, phase: 'idle' }, row.rtt_ns);
  addTimes(out, 'winze_probe_rtt_seconds', { ...probes, phase: 'load' }, row.loaded_rtt_ns);
  out.add('winze_cpu_ratio', { ...tcp, end: 'near' }, row.cpu?.near_ratio);
  out.add('winze_cpu_ratio', { ...tcp, end: 'far' }, row.cpu?.far_ratio);
  out.add('winze_cpu_ratio', { ...tcp, end: 'tunnel' }, row.cpu?.tunnel_ratio);
}
