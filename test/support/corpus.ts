/**
 * The captures that lie beside the repository, or in `WINZE_SHARED`, if they do: `../shared/captures`, with what TShark 4.0.17
 * makes of each in `truth/`. None of them is part of the project.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CaptureReader } from '../../src/capture/file/capture-reader.ts';
import { type CaptureRecord, createCaptureRecord } from '../../src/capture/record.ts';

const SHARED = process.env.WINZE_SHARED ?? resolve(import.meta.dirname, '../../../shared');
export const CORPUS = join(SHARED, 'captures');
export const hasCorpus = existsSync(join(CORPUS, 'truth'));

/** Why tests of the corpus do not run, for the title of the one that is skipped. */
export const CORPUS_MISSING = `no captures in ${CORPUS}`;

/** One row of truth: columns by name, values outermost first. */
export type Row = ReadonlyMap<string, string>;

/** Files with truth, as `folder/name`. */
export function corpusFiles(): string[] {
  if (!hasCorpus) return [];
  const truth = join(CORPUS, 'truth');
  return readdirSync(truth)
    .filter((folder) => statSync(join(truth, folder)).isDirectory())
    .flatMap((folder) => readdirSync(join(truth, folder)).map((name) => `${folder}/${name.replace(/\.tsv$/, '')}`));
}

export function truthOf(file: string): Row[] {
  const [head = '', ...lines] = readFileSync(join(CORPUS, 'truth', `${file}.tsv`), 'utf8')
    .trimEnd()
    .split('\n');
  const names = head.split('\t');
  return lines.map((line) => {
    const values = line.split('\t');
    return new Map(names.map((name, i) => [name, values[i] ?? '']));
  });
}

/** Reads a capture of the corpus; returns how many packets it has. */
export function eachRecord(file: string, onRecord: (record: CaptureRecord) => void): number {
  const raw = readFileSync(join(CORPUS, file));
  const reader = new CaptureReader();
  const record = createCaptureRecord();
  reader.push(file.endsWith('.gz') ? gunzipSync(raw) : raw);
  reader.finish();
  while (reader.next(record) === 'record') onRecord(record);
  return reader.frames;
}
