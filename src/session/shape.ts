/**
 * Validation of JSON from the other end: types, bounds and lengths.
 *
 * A shape checks a value and returns a copy of it. Unknown fields, which a newer peer may send, are dropped, and
 * nothing refers to the peer's object.
 *
 * @module
 */

/**
 * Checks a value and returns its validated copy. `at` is the path of the field, for the message. Throws an internal
 * error if the value does not match; use `check`.
 */
export type Shape<T> = (value: unknown, at: string) => T;

/** Result of `check`. */
export type CheckResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** Thrown by shapes; `check` converts it to a result. */
class Mismatch extends Error {}

/** Applies a shape. A mismatch is a result with its reason, not an exception. */
export function check<T>(shape: Shape<T>, value: unknown): CheckResult<T> {
  try {
    return { ok: true, value: shape(value, '') };
  } catch (error) {
    if (error instanceof Mismatch) return { ok: false, reason: error.message };
    throw error;
  }
}

/** A whole number in the range `min` to `max`, both included. */
export function whole(min: number, max = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value, at) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw new Mismatch(`${at} is not a whole number of ${min} to ${max}`);
  };
}

/** A finite number that is not negative. */
export const amount: Shape<number> = (value, at) => {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new Mismatch(`${at} is not a number of 0 or more`);
};

/** A boolean. */
export const flag: Shape<boolean> = (value, at) => {
  if (typeof value === 'boolean') return value;
  throw new Mismatch(`${at} is not true or false`);
};

/** A value that passes a test; `words` describe it in the message. */
export function matching<T>(test: (value: unknown) => value is T, words: string): Shape<T> {
  return (value, at) => {
    if (test(value)) return value;
    throw new Mismatch(`${at} is not ${words}`);
  };
}

/** A string of at most `maxLength` characters that matches `pattern`, if one is given. */
export function text(maxLength: number, pattern?: RegExp): Shape<string> {
  return (value, at) => {
    if (typeof value === 'string' && value.length <= maxLength && (pattern?.test(value) ?? true)) return value;
    throw new Mismatch(`${at} is not a text of at most ${maxLength} characters in the right form`);
  };
}

/** One of the given strings. */
export function oneOf<const T extends string>(...options: readonly T[]): Shape<T> {
  return (value, at) => {
    const found = options.find((option) => option === value);
    if (found !== undefined) return found;
    throw new Mismatch(`${at} is none of ${options.join(', ')}`);
  };
}

/** A value or `null`. A missing field becomes `null`, since an older peer may not send it. */
export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at) => (value === null || value === undefined ? null : shape(value, at));
}

/** An array of at most `maxLength` items of one shape. */
export function list<T>(shape: Shape<T>, maxLength: number): Shape<readonly T[]> {
  return (value, at) => {
    if (Array.isArray(value) && value.length <= maxLength) return value.map((item, i) => shape(item, `${at}[${i}]`));
    throw new Mismatch(`${at} is not a list of at most ${maxLength}`);
  };
}

/** An object with these fields; a missing one is a mismatch unless its shape is `nullable`. */
export function object<T extends object>(fields: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  const entries = Object.entries(fields) as [keyof T & string, Shape<T[keyof T]>][];
  return (value, at) => {
    if (typeof value !== 'object' || value === null) throw new Mismatch(`${at || 'message'} is not an object`);
    const source = value as Record<string, unknown>;
    return Object.fromEntries(entries.map(([key, shape]) => [key, shape(source[key], at ? `${at}.${key}` : key)])) as T;
  };
}

/** A union with the discriminating field `type`. */
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
