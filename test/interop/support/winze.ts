/**
 * winze as a user starts it: the built program, in one of the namespaces of a lab.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BandwidthResult, LatencyResult, Overhead, ResultDocument } from '../../../src/core/shapes/result.ts';
import type { Output, Running } from './commands.ts';
import type { Side } from './lab.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** Of Node, on an emulated processor. */
const START_LIMIT_MS = 120_000;
export const BIN = join(ROOT, 'bin/winze.js');

export interface Run extends Output {
  /** What `--json` printed; `undefined` if it printed nothing. */
  readonly document: ResultDocument | undefined;
}

/** Two hosts, with or without a tunnel between them. */
interface TwoHosts {
  start(side: Side, argv: readonly string[]): Running;
}

export class Winze {
  readonly #lab: TwoHosts;

  constructor(lab: TwoHosts) {
    this.#lab = lab;
  }

  /** Starts a server and waits until it listens. */
  async serve(...options: readonly string[]): Promise<Running> {
    const server = this.begin('far', '-s', ...options);
    await server.says(/Listening on port/, START_LIMIT_MS);
    return server;
  }

  /** Starts it and returns at once. */
  begin(side: Side, ...options: readonly string[]): Running {
    if (!existsSync(join(ROOT, 'dist/index.js'))) throw new Error('bin/winze.js needs dist: run npm run build');
    // What a test looks at is measured before: a process more would only take time.
    const spares = ['-s', '-c'].includes(options[0] ?? '') ? ['--no-host-facts'] : [];
    return this.#lab.start(side, [process.execPath, BIN, ...options, ...spares]);
  }

  /** Runs a client in the near namespace to its end, with `--json -q`. */
  async client(...options: readonly string[]): Promise<Run> {
    return runOf(await this.begin('near', ...options, '--json', '-q').end());
  }
}

export function runOf(output: Output): Run {
  // The inner ring holds documents against their schema.
  const document = output.stdout === '' ? undefined : (JSON.parse(output.stdout) as ResultDocument);
  return { ...output, document };
}

/** The document of a run that must have one. */
export function documentOf(run: Run): ResultDocument {
  if (!run.document) throw new Error(`no document, exit ${run.status}: ${run.stderr}`);
  return run.document;
}

export function bandwidthOf(run: Run, path?: string): readonly BandwidthResult[] {
  return documentOf(run).tests.filter(
    (test): test is BandwidthResult => test.test === 'bandwidth' && (path === undefined || test.path === path),
  );
}

export function latencyOf(run: Run): LatencyResult {
  const found = documentOf(run).tests.find((test): test is LatencyResult => test.test === 'latency');
  if (!found) throw new Error('no latency test in the document');
  return found;
}

/** The one comparison of a run. */
export function overheadOf(run: Run): Overhead {
  const [overhead] = documentOf(run).overhead;
  if (!overhead) throw new Error('no comparison in the document');
  return overhead;
}
