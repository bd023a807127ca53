/**
 * One direction of a session: data messages with one receiver index.
 *
 * @module
 */
import type { BitBudget } from './bit-budget.ts';
import { CounterWindow } from './counter-window.ts';
import type { Path } from './path.ts';
import type { Session } from './session.ts';

export class Lane {
  readonly receiver: number;
  readonly session: Session;
  /** Where its messages go now. */
  path: Path;
  /** Where they went before: late ones still come from there. */
  pathBefore: Path | null = null;
  readonly window: CounterWindow;
  /** Another lane with the same index: chance, NAT, or a peer that counts its indices. */
  next: Lane | null;
  messages = 0;
  keepalives = 0;
  firstFrame = 0;
  lastFrame = 0;
  firstNs = Number.NaN;
  lastNs = Number.NaN;
  afterReject = 0;
  afterRejectFrame = 0;

  constructor(receiver: number, path: Path, session: Session, budget: BitBudget, next: Lane | null) {
    this.receiver = receiver;
    this.path = path;
    this.session = session;
    this.window = new CounterWindow(budget);
    this.next = next;
  }
}
