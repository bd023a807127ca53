/** Thrown to end the reading of a capture early: nothing is wrong, and no more packets are wanted. */
export class StopReading extends Error {}
