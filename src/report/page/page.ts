/**
 * The report as one HTML file: a function of stored documents.
 *
 * The page asks for nothing from anywhere: style and charts are in it, it has no script, and its content security policy
 * forbids everything else. The documents are in it too, as JSON.
 *
 * @module
 */
import { JOIN_SCHEMA, type JoinDocument } from '../../capture/documents/capture-join.ts';
import { CAPTURE_SCHEMA, type CaptureDocument } from '../../capture/documents/capture-report.ts';
import { type FailedLabDocument, LAB_SCHEMA, type LabDocument } from '../../core/shapes/lab.ts';
import { PATH_SCHEMA, type PathDocument } from '../../core/shapes/path/document.ts';
import { RESULT_SCHEMA, type ResultDocument } from '../../core/shapes/result.ts';
import { VERSION } from '../../core/version.ts';
import { sizeText } from '../text/figures.ts';
import { capturePart } from './capture/capture-part.ts';
import { joinPart } from './capture/join-part.ts';
import type { DocumentPart } from './context.ts';
import { labPart } from './lab/lab-part.ts';
import { heading, type Level } from './parts/figure.ts';
import { Html, html } from './parts/html.ts';
import { facts } from './parts/prose.ts';
import { pathPart } from './path/path-part.ts';
import { resultPart } from './result/result-part.ts';
import { STYLE } from './style.ts';

/** A document that a page can be made of. */
export type PageDocument =
  | ResultDocument
  | LabDocument
  | FailedLabDocument
  | PathDocument
  | CaptureDocument
  | JoinDocument;

/** What a page needs from outside. */
export interface PageOptions {
  /** SHA-256 of a text in UTF-8, as base64. */
  readonly sha256: (text: string) => string;
}

/** Most characters of a document's JSON that are put into the page. */
const MOST_EMBEDDED = 1_000_000;

/**
 * Makes the page of one document, or of several one after the other.
 *
 * @returns the whole file
 */
export function documentPage(given: readonly unknown[], { sha256 }: PageOptions): string {
  const documents = given.filter(isPageDocument);
  const isSingle = documents.length === 1;
  const level: Level = isSingle ? 2 : 3;
  const parts = documents.map((document) => ({ document, part: partOf(document, level) }));
  const title = isSingle ? (parts[0]?.part.title ?? '') : `${documents.length} reports`;
  const policy = `default-src 'none'; style-src 'sha256-${sha256(STYLE)}'; img-src data:; base-uri 'none'; form-action 'none'`;
  const bodies = parts.map(
    ({ document, part }) => html`<article>
${isSingle ? null : heading(2, part.title)}${documentFacts(document, part)}${part.sections}</article>
`,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="winze ${VERSION}">
<title>${title} - winze</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header><p class="kind">${isSingle ? (parts[0]?.part.kind ?? '') : 'winze'}</p>${heading(1, title)}</header>
<main>
${bodies}</main>
<footer><p>Made by winze ${VERSION}. This file needs no network and no script.</p></footer>
${documents.map(embedded)}</body>
</html>
`.text;
}

const PARTS: ReadonlySet<unknown> = new Set([RESULT_SCHEMA, LAB_SCHEMA, PATH_SCHEMA, CAPTURE_SCHEMA, JOIN_SCHEMA]);

/** Whether a page can be made of a document, by the name of its schema. */
export function isPageDocument(document: unknown): document is PageDocument {
  return typeof document === 'object' && document !== null && 'schema' in document && PARTS.has(document.schema);
}

function partOf(document: PageDocument, level: Level): DocumentPart {
  switch (document.schema) {
    case RESULT_SCHEMA:
      return resultPart(document, level);
    case LAB_SCHEMA:
      return labPart(document, level);
    case PATH_SCHEMA:
      return pathPart(document, level);
    case CAPTURE_SCHEMA:
      return capturePart(document, level);
    case JOIN_SCHEMA:
      return joinPart(document, level);
    default:
      return document satisfies never;
  }
}

function documentFacts(document: PageDocument, { kind }: DocumentPart): Html {
  return facts([
    ['report', kind],
    ...('started_at' in document ? ([['begun', document.started_at]] as const) : []),
    ['made by', `${document.tool.name} ${document.tool.version}`],
  ]);
}

/**
 * The document as JSON, in an element that browsers do not run. `<` is written as an escape of JSON, so that no text in it
 * ends the element.
 */
function embedded(document: PageDocument): Html {
  const json = JSON.stringify(document).replaceAll('<', '\\u003c');
  if (json.length > MOST_EMBEDDED) {
    return html`<footer><p>The document (${sizeText(json.length)}) is too large to be in this page: keep it beside the page.</p></footer>\n`;
  }
  return new Html(`<script type="application/json" class="winze-document">${json}</script>\n`);
}
