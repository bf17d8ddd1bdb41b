// Small things that every other module needs of bytes, times and WebCrypto.
import { Refusal } from "./refusal.js";

const encoder = new TextEncoder();

/** utf8 gives the bytes of a text. */
export const utf8 = (text) => encoder.encode(text);

/** hex writes bytes as small hexadecimal digits. */
export const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

/** equal compares two byte strings. */
export function equal(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** compare orders two byte strings as dictionaries order words. */
export function compare(a, b) {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** concat joins byte strings. */
export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

/** base64url without padding, as in RFC 7638. */
export const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

/** max of two numbers, either of which may be a BigInt. */
export const max = (a, b) => (a >= b ? a : b);

// The last second of the year 9999: what comes later cannot be written as a date.
const lastSecond = 253402300799;

/** instant bounds a time read from a document, seconds since 1970. */
export const instant = (seconds) => (seconds > lastSecond ? lastSecond : Number(seconds));

/** optional is instant for a time that may be null. */
export const optional = (seconds) => (seconds === null ? null : instant(seconds));

/**
 * clock refuses a now that is no time in seconds since 1970 before the year 10000:
 * NaN compares with nothing, so that it would pass for any time, and milliseconds
 * are past every end.
 */
export function clock(now) {
  if (!Number.isFinite(now) || Math.abs(now) > lastSecond) throw new Refusal("clock.invalid", "now is no number of seconds since 1970");
}

/** iso writes a time as answers have it: "2026-11-21T12:00:00Z". */
export const iso = (seconds) => new Date(Math.floor(seconds) * 1000).toISOString().replace(".000Z", "Z");

/** dateOf writes a day, counted from 1970-01-01, as "2026-11-21". */
export const dateOf = (day) => new Date(day * 864e5).toISOString().slice(0, 10);

/**
 * subtle is WebCrypto. A browser gives it to pages of https and of localhost
 * alone; elsewhere nothing can be checked, and that is said.
 */
export function subtle() {
  const found = globalThis.crypto && globalThis.crypto.subtle;
  if (!found) throw new Refusal("crypto.missing", "no WebCrypto on this page");
  return found;
}

/** sha256 hashes bytes. */
export const sha256 = async (bytes) => new Uint8Array(await subtle().digest("SHA-256", bytes));
