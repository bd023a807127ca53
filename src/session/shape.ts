/**
 * Checks of JSON that came from the other end: types, bounds and lengths, before anything is believed.
 *
 * A shape returns the value it vouches for, built anew, so unknown fields are dropped (a newer peer
 * may send them) and nothing of the peer's object is kept.
 *
 * @module
 */

export type Shape<T> = (value: unknown, at: string) => T;

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** Thrown inside shapes only; `check` turns it into a value. */
class Mismatch extends Error {}

/** Applies a shape. Never throws. */
export function check<T>(shape: Shape<T>, value: unknown): Checked<T> {
  try {
    return { ok: true, value: shape(value, '') };
  } catch (error) {
    if (error instanceof Mismatch) return { ok: false, reason: error.message };
    throw error;
  }
}

/** A whole number between two bounds, both included. */
export function whole(min: number, max = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value, at) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw new Mismatch(`${at} is not a whole number of ${min} to ${max}`);
  };
}

/** Any finite number not below 0. */
export const amount: Shape<number> = (value, at) => {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new Mismatch(`${at} is not a number of 0 or more`);
};

export const flag: Shape<boolean> = (value, at) => {
  if (typeof value === 'boolean') return value;
  throw new Mismatch(`${at} is not true or false`);
};

/** What passes a test; `words` say what it is then. */
export function that<T>(test: (value: unknown) => value is T, words: string): Shape<T> {
  return (value, at) => {
    if (test(value)) return value;
    throw new Mismatch(`${at} is not ${words}`);
  };
}

export function text(maxLength: number, pattern?: RegExp): Shape<string> {
  return (value, at) => {
    if (typeof value === 'string' && value.length <= maxLength && (pattern?.test(value) ?? true)) return value;
    throw new Mismatch(`${at} is not a text of at most ${maxLength} characters in the right form`);
  };
}

export function oneOf<const T extends string>(...options: readonly T[]): Shape<T> {
  return (value, at) => {
    const found = options.find((option) => option === value);
    if (found !== undefined) return found;
    throw new Mismatch(`${at} is none of ${options.join(', ')}`);
  };
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at) => (value === null || value === undefined ? null : shape(value, at));
}

export function list<T>(shape: Shape<T>, maxLength: number): Shape<readonly T[]> {
  return (value, at) => {
    if (Array.isArray(value) && value.length <= maxLength) return value.map((item, i) => shape(item, `${at}[${i}]`));
    throw new Mismatch(`${at} is not a list of at most ${maxLength}`);
  };
}

export function object<T extends object>(fields: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  const entries = Object.entries(fields) as [keyof T & string, Shape<T[keyof T]>][];
  return (value, at) => {
    if (typeof value !== 'object' || value === null) throw new Mismatch(`${at || 'message'} is not an object`);
    const source = value as Record<string, unknown>;
    return Object.fromEntries(entries.map(([key, shape]) => [key, shape(source[key], at ? `${at}.${key}` : key)])) as T;
  };
}

/** A union told apart by its `type` field. */
export function tagged<T extends { readonly type: string }>(
  shapes: {
    readonly [K in T['type']]: Shape<Omit<Extract<T, { readonly type: K }>, 'type'>>;
  },
): Shape<T> {
  return (value, at) => {
    const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
    if (typeof type !== 'string' || !Object.hasOwn(shapes, type)) throw new Mismatch('message has no known type');
    const shape = shapes[type as T['type']] as Shape<object>;
    return { type, ...shape(value, at) } as unknown as T;
  };
}
