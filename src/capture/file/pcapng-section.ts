/**
 * A section of a pcapng file: its byte order, and the interfaces that its packets refer to.
 *
 * @module
 */
import type { LinkType } from '../record.ts';
import type { CaptureFacts, CaptureInterface } from './capture-facts.ts';
import { MAX_COMMENTS } from './capture-facts.ts';
import { OptionCursor } from './pcapng-options.ts';
import type { TimeScale } from './time-scale.ts';

/** The properties of an interface that are needed to read its packets. */
export interface SectionInterface {
  /** Index over all sections. */
  readonly id: number;
  readonly linkType: LinkType;
  readonly fcsBytes: number;
  readonly snaplenBytes: number | null;
  readonly scale: TimeScale;
  readonly facts: CaptureInterface;
}

/** The current section of a pcapng file. One object is reused for all sections. */
export class Section {
  readonly facts: CaptureFacts;
  readonly options = new OptionCursor();
  bigEndian = false;
  /** Interfaces of this section, by the interface id in packet blocks. */
  interfaces: SectionInterface[] = [];
  /** Number of frames over all sections. */
  frames = 0;

  constructor(facts: CaptureFacts) {
    this.facts = facts;
  }

  /** Stores the comment that is the current option, within the bound. */
  addComment(frame: number | null): void {
    if (this.facts.comments.length < MAX_COMMENTS) this.facts.comments.push({ frame, text: this.options.text() });
    else this.facts.commentsNotKept++;
  }
}
