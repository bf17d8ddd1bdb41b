// The offline bundle: what was issued, and what is not plainly valid.
import { clock, compare, concat, instant, sha256, utf8 } from "./bytes.js";
import { bytes, list, string, struct, texts, tuple, uint } from "./cbor.js";
import { document } from "./document.js";
import { holds, readFilter } from "./filter.js";
import { inDate } from "./list.js";
import { mayIssue, signer } from "./publishers.js";
import { clockBehind, lineOf, remember } from "./seen.js";

const lives = [86400, 14 * 86400]; // general, camp pack
const camp = 1;
const states = ["", "revoked", "suspended", "superseded"];
const maxExceptions = 1 << 20;

const bundleDocument = document("bundle", "passmuster bundle v1", { bytes: 64 << 20, items: maxExceptions }, struct({
  1: ["number", uint(64)],
  2: ["issuedAt", uint(64)],
  3: ["validUntil", uint(64)],
  4: ["asOf", uint(64)],
  5: ["kind", uint(8)],
  6: ["event", string],
  7: ["count", uint(64)],
  8: ["filter", bytes],
  9: ["exceptions", list(tuple({ key: bytes, status: uint(8), day: uint(16), reason: string }))],
  10: ["bases", texts(texts(string))],
  11: ["courses", texts(texts(string))],
}));

/**
 * openBundle reads a bundle and checks it against the publishers of an open
 * list. It throws "bundle.malformed", "bundle.newer", "bundle.signature",
 * "bundle.publisher" and "bundle.rolled_back", and "clock.invalid" for a now that
 * is no time. A bundle that is genuine but does
 * not hold now is returned, with "bundle.clock" or "bundle.expired" as `refusal`.
 */
export async function openBundle(input, trustList, { seen, now } = {}) {
  clock(now);
  const message = bundleDocument.parse(input);
  if (!trustList) throw bundleDocument.fail("publisher");
  const key = await signer(trustList.publishers, message, bundleDocument);
  const w = bundleDocument.decode(message);
  mayIssue(trustList.publishers, key, instant(w.issuedAt), bundleDocument);
  const b = checked(w);
  const known = remember(seen, null, null);
  if (b.number < (known.bundle[lineOf(b.kind, b.event)] || 0)) throw bundleDocument.fail("rolled_back");
  b.refusal = current(b, remember(known, trustList, b), now);
  return b;
}

function current(b, seen, now) {
  if (clockBehind(seen, now)) return bundleDocument.fail("clock", "", [seen.newest]);
  if (!inDate(b, now)) return bundleDocument.fail("expired", "", [b.validUntil]);
  return null;
}

// checked refuses what no signature can put right.
function checked(w) {
  const b = {
    number: w.number, issuedAt: instant(w.issuedAt), validUntil: instant(w.validUntil), asOf: instant(w.asOf),
    kind: w.kind, event: w.event, bases: w.bases, courses: w.courses,
  };
  const life = lives[w.kind];
  if (!life || (w.kind === camp) !== (w.event !== "")) throw wrong("an unknown kind, or a camp pack without an event, or an event without one");
  if (w.number === 0 || w.asOf === 0 || b.asOf > b.issuedAt || b.issuedAt >= b.validUntil) {
    throw wrong("no number, or times in another order than as-of, issued, valid-until");
  }
  if (b.validUntil - b.asOf > life) throw wrong("a longer life than its kind may have");
  b.places = readFilter(w.count, w.filter);
  if (!b.places) throw wrong("a filter that cannot be read");
  b.count = b.places.length;
  b.exceptions = w.exceptions.map((e, i) => exception(e, w.exceptions[i - 1]));
  return b;
}

function exception(e, before) {
  if (e.key.length !== 8 || e.status < 1 || e.status >= states.length) throw wrong("an exception with a key or state that cannot be");
  if (before && compare(before.key, e.key) >= 0) throw wrong("exceptions that are not in order, or twice");
  return { key: e.key, status: states[e.status], day: e.day, reason: e.reason };
}

const wrong = (what) => bundleDocument.fail("malformed", what);

/** keyOf stands for a credential: the first 8 bytes of SHA-256(code). */
export const keyOf = async (code) => (await sha256(utf8(code))).subarray(0, 8);

/**
 * lookup tells how the code stands: { standing: "absent" | "in_filter" |
 * "excepted", exception: { status, day, reason } or null }.
 */
export async function lookup(bundle, code) {
  const key = await keyOf(code);
  let low = 0;
  let high = bundle.exceptions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(bundle.exceptions[middle].key, key) < 0) low = middle + 1;
    else high = middle;
  }
  const found = bundle.exceptions[low];
  if (found && compare(found.key, key) === 0) return { standing: "excepted", exception: found };
  return { standing: holds(bundle.places, key) ? "in_filter" : "absent", exception: null };
}

/**
 * vouches reports whether the registry still stands by exactly this record,
 * although the key that signed it is compromised.
 */
export async function vouches(bundle, code, payload) {
  return holds(bundle.places, (await sha256(concat(utf8(code), payload))).subarray(0, 8));
}
