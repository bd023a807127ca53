/**
 * The JSON Schemas of the package, compiled.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

const ajv = new Ajv2020({ strict: false, allErrors: true });
const read = (name: string): AnySchema =>
  JSON.parse(readFileSync(resolve(import.meta.dirname, '../../schema', name), 'utf8'));

ajv.addSchema(read('capture-1.schema.json'));
ajv.addSchema(read('capture-join-1.schema.json'));
export const isResult = ajv.compile(read('result-1.schema.json'));
export const isPath = ajv.compile(read('path-1.schema.json'));
export const isLab = ajv.compile(read('lab-1.schema.json'));
const isStreamEvent = ajv.compile(read('stream-1.schema.json'));

/** Which lines are expected: names of `$defs` in `schema/stream-1.schema.json`. */
export type StreamKind = 'testEvent' | 'serverEvent' | 'captureEvent' | 'tunnelEvent';

/** One line of `--json-stream`, as a reader sees it. */
export interface StreamLine {
  readonly event: string;
  readonly time: string;
  readonly test?: string | null;
  readonly path?: string | null;
  readonly round?: number | null;
  readonly data: Record<string, unknown>;
}

/** The objects of the text of a stream, each of which has to agree with the schema. */
export function validStream(kind: StreamKind, text: string): readonly StreamLine[] {
  const valid: ValidateFunction | undefined = ajv.getSchema(`urn:winze:stream:1#/$defs/${kind}`);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const event: StreamLine = JSON.parse(line);
      expect(isStreamEvent(event), `${line.slice(0, 400)}\n${JSON.stringify(isStreamEvent.errors?.slice(0, 20))}`).toBe(
        true,
      );
      expect(valid?.(event), `${line.slice(0, 400)}\n${JSON.stringify(valid?.errors?.slice(0, 20))}`).toBe(true);
      return event;
    });
}
