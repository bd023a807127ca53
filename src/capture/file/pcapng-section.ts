/**
 * A section of a pcapng file: its order of octets, and the interfaces that its packets refer to.
 *
 * @module
 */
import type { LinkType } from '../record.ts';
import type { CaptureFacts, CaptureInterface } from './capture-facts.ts';
import { MAX_COMMENTS } from './capture-facts.ts';
import { OptionCursor } from './pcapng-options.ts';
import type { TimeScale } from './time-scale.ts';

/** What reading a packet takes to know of its interface. */
export interface SectionInterface {
  /** Over all sections. */
  readonly id: number;
  readonly linkType: LinkType;
  readonly fcsBytes: number;
  readonly snaplenBytes: number | null;
  readonly scale: TimeScale;
  readonly facts: CaptureInterface;
}

export class Section {
  readonly facts: CaptureFacts;
  readonly options = new OptionCursor();
  bigEndian = false;
  interfaces: SectionInterface[] = [];
  /** Frames over all sections. */
  frames = 0;

  constructor(facts: CaptureFacts) {
    this.facts = facts;
  }

  /** Keeps the comment at which the options stand, if there are not too many. */
  addComment(frame: number | null): void {
    if (this.facts.comments.length < MAX_COMMENTS) this.facts.comments.push({ frame, text: this.options.text() });
    else this.facts.commentsNotKept++;
  }
}
