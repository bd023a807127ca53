/**
 * The JSON Schemas of the package, compiled.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';

const ajv = new Ajv2020({ strict: false, allErrors: true });
const read = (name: string): AnySchema =>
  JSON.parse(readFileSync(resolve(import.meta.dirname, '../../schema', name), 'utf8'));

export const isResult = ajv.compile(read('result-1.schema.json'));
export const isPath = ajv.compile(read('path-1.schema.json'));
export const isLab = ajv.compile(read('lab-1.schema.json'));
