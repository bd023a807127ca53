/**
 * The formats of `winze report` that are metrics. What makes them is loaded when it is asked for.
 *
 * @module
 */
import type { StoredDocuments } from './stored-metrics.ts';

/** Formats by the name that `--format` takes. @throws NetError `ERR_USAGE` if no document has metrics */
export const METRIC_FORMATS = {
  prom: {
    draw: async (files: readonly StoredDocuments[]) => (await import('./stored-metrics.ts')).storedPrometheus(files),
  },
  influx: {
    draw: async (files: readonly StoredDocuments[]) => (await import('./stored-metrics.ts')).storedInflux(files),
  },
} as const;
