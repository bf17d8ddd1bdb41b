// Deterministic CBOR (RFC 8949 §4.2.1), read strictly. Two questions are kept
// apart, as the registry's own reader does: is it well-formed and in the one
// canonical form (else "malformed"), and has it the shape that is known here
// (else "newer": a later version may write it).
import { compare } from "./bytes.js";

/** Malformed says that no version writes these bytes. */
export class Malformed extends Error {}

/** Newer says that the bytes are of a shape that is not known here. */
export class Newer extends Error {}

const maxDepth = 4;
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// The kinds of item that decode returns.
const kinds = ["int", "int", "bytes", "text", "array", "map"];

/**
 * decode reads exactly one item: { kind, value, raw }, where an array's value is
 * a list of items and a map's a list of pairs of items. `limits.bytes` bounds the
 * length, `limits.items` the elements of one array or the pairs of one map;
 * nothing is allocated for what is only announced. `odd` is true where the bytes
 * are well-formed but not canonical: the caller judges the shape first.
 */
export function decode(bytes, limits) {
  if (bytes.length > limits.bytes) throw new Malformed("too long");
  const reader = new Reader(bytes, Math.max(limits.items || 0, 16));
  const item = reader.item(1);
  if (reader.at !== bytes.length) throw new Malformed("bytes behind the end");
  return { item, odd: reader.odd };
}

class Reader {
  constructor(bytes, items) {
    this.bytes = bytes;
    this.items = items;
    this.at = 0;
    this.odd = false;
  }

  item(depth) {
    const start = this.at;
    const first = this.byte();
    const major = first >> 5;
    if (major === 6) throw new Malformed("a tag");
    if (major === 7) return this.simple(first & 31);
    const n = this.argument(first & 31);
    const item = { kind: kinds[major], value: null, raw: null };
    switch (major) {
      case 0:
        item.value = n;
        break;
      case 1:
        item.value = typeof n === "bigint" || n === Number.MAX_SAFE_INTEGER ? -1n - BigInt(n) : -1 - n;
        break;
      case 2:
        item.value = this.take(n);
        break;
      case 3:
        item.value = this.text(n);
        break;
      default:
        if (depth > maxDepth) throw new Malformed("nested too deep");
        if (n > this.items) throw new Malformed("too many elements");
        item.value = major === 4 ? this.array(n, depth) : this.map(n, depth);
    }
    item.raw = this.bytes.subarray(start, this.at);
    return item;
  }

  array(n, depth) {
    const all = [];
    for (let i = 0; i < n; i++) all.push(this.item(depth + 1));
    return all;
  }

  map(n, depth) {
    const all = [];
    for (let i = 0; i < n; i++) {
      const key = this.item(depth + 1);
      const order = i === 0 ? -1 : compare(all[i - 1][0].raw, key.raw);
      if (order > 0) this.odd = true; // out of order, or a key met before
      if (order === 0) throw new Malformed("a key twice");
      all.push([key, this.item(depth + 1)]);
    }
    return all;
  }

  // Floats, true, false and other simple values: known to CBOR, in no format of
  // ours but null.
  simple(info) {
    if (info === 22) return { kind: "null", value: null, raw: this.bytes.subarray(this.at - 1, this.at) };
    if (info > 27) throw new Malformed("an indefinite length or a reserved head");
    const start = this.at - 1;
    if (info >= 24) {
      const rest = this.take(2 ** (info - 24));
      if (info === 24 && rest[0] < 32) throw new Malformed("a long simple value");
    }
    return { kind: "simple", value: info, raw: this.bytes.subarray(start, this.at) };
  }

  argument(info) {
    if (info < 24) return info;
    if (info > 27) throw new Malformed("an indefinite length or a reserved head");
    const size = 2 ** (info - 24);
    let n = 0n;
    for (const b of this.take(size)) n = (n << 8n) | BigInt(b);
    if (n < [24n, 1n << 8n, 1n << 16n, 1n << 32n][info - 24]) this.odd = true; // a longer head than needed
    return n > Number.MAX_SAFE_INTEGER ? n : Number(n);
  }

  text(n) {
    try {
      return text.decode(this.take(n));
    } catch {
      throw new Malformed("a text that is not UTF-8");
    }
  }

  byte() {
    if (this.at >= this.bytes.length) throw new Malformed("cut off");
    return this.bytes[this.at++];
  }

  take(n) {
    if (n > this.bytes.length - this.at) throw new Malformed("cut off");
    return this.bytes.subarray(this.at, (this.at += Number(n)));
  }
}

// Shapes turn items into plain values. Each takes an item and a state, and
// throws Newer for another type. A null in the place of something else is a
// value that nobody writes, so it marks the state as odd.

const filled = (zero, read) => (item, state) => {
  if (item.kind === "null" || (item.kind === "simple" && item.value === 23)) {
    state.odd = true;
    return zero();
  }
  return read(item, state);
};

/** int reads a whole number from least to most. */
export const int = (least, most) =>
  filled(() => 0, (item, state) => {
    if (item.kind === "simple" && (item.value < 20 || item.value === 24)) {
      state.odd = true; // a number in other words
      return 0;
    }
    if (item.kind !== "int" || item.value < least || item.value > most) throw new Newer("no such number");
    return item.value;
  });

/** uint reads a number of at most so many bits. */
export const uint = (bits) => int(0, bits > 53 ? (1n << BigInt(bits)) - 1n : 2 ** bits - 1);

/** bytes reads a byte string. */
export const bytes = filled(() => new Uint8Array(0), (item, state) => {
  if (item.kind === "array" && item.value.every((x) => x.kind === "int" && x.value >= 0 && x.value < 256)) {
    state.odd = true;
    return new Uint8Array(0);
  }
  if (item.kind !== "bytes") throw new Newer("no byte string");
  return item.value;
});

/** string reads a text. */
export const string = filled(() => "", (item) => {
  if (item.kind !== "text") throw new Newer("no text");
  return item.value;
});

/** nullable reads null, or what the shape reads. */
export const nullable = (shape) => (item, state) => (item.kind === "null" ? null : shape(item, state));

/** list reads an array of equal elements. */
export const list = (shape) =>
  filled(() => [], (item, state) => {
    if (item.kind !== "array") throw new Newer("no array");
    return item.value.map((x) => shape(x, state));
  });

/** tuple reads an array with a shape for each place: { name: shape, … }. */
export const tuple = (fields) => {
  const names = Object.keys(fields);
  return filled(() => blank(fields), (item, state) => {
    if (item.kind !== "array" || item.value.length !== names.length) throw new Newer("another array");
    const out = {};
    names.forEach((name, i) => (out[name] = fields[name](item.value[i], state)));
    return out;
  });
};

/** texts reads a map of text to what the shape reads. */
export const texts = (shape) =>
  filled(() => ({}), (item, state) => {
    if (item.kind !== "map") throw new Newer("no map");
    // No prototype: a key may be any text, "__proto__" too.
    const out = Object.create(null);
    for (const [key, value] of item.value) out[string(key, state)] = shape(value, state);
    return out;
  });

/** struct reads a map with numbers as keys: { key: [name, shape, optional] }. */
export const struct = (fields) =>
  filled(() => blank(fields), (item, state) => {
    if (item.kind !== "map") throw new Newer("no map");
    const out = {};
    for (const [key, value] of item.value) {
      const field = key.kind === "int" ? fields[key.value] : undefined;
      if (!field) throw new Newer("a key that is not known here");
      out[field[0]] = field[1](value, state);
    }
    for (const [name, , optional] of Object.values(fields)) {
      if (name in out) {
        if (optional && out[name].length === 0) state.odd = true; // says nothing, so it is left out
      } else if (optional) {
        out[name] = [];
      } else {
        state.odd = true;
      }
    }
    return out;
  });

// blank stands for a null where a value belongs; it is never looked at, because
// the state is odd.
const blank = () => ({});

/**
 * read decodes bytes into the shape. It throws Malformed, or Newer where the
 * bytes may come from a later version.
 */
export function read(input, shape, limits) {
  const { item, odd } = decode(input, limits);
  const state = { odd };
  const value = shape(item, state);
  if (state.odd) throw new Malformed("not in the one canonical form");
  return value;
}

/** head writes major type and argument in the shortest form. */
export function head(major, n) {
  const top = major << 5;
  if (n < 24) return Uint8Array.of(top | n);
  if (n < 2 ** 8) return Uint8Array.of(top | 24, n);
  if (n < 2 ** 16) return Uint8Array.of(top | 25, n >> 8, n & 255);
  return Uint8Array.of(top | 26, n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255);
}
