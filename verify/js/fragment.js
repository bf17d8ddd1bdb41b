// A page of the registry held against the record behind "#" in its own address:
// "A QR code opened in a browser" in docs/verdicts.md. The record never leaves
// the browser. The key comes from the registry that the page comes from, so this
// proves that the code on the paper and the registry agree, and no more.
import { concat, dateOf, hex } from "./bytes.js";
import { fromDigits } from "./digits.js";
import { isPoint, thumbprint } from "./p256.js";
import { openRecord, signedFor } from "./record.js";
import { Refusal } from "./refusal.js";
import { hours } from "./shown.js";

/**
 * holdFragment checks the digits against what the page says of the code.
 *
 * digits  what stands behind "#"; "" is no record
 * code    the 16 characters of the page
 * page    what the registry says, as plain values by the names in sayings(), or
 *         null where it says nothing of the certificate; a field that is
 *         undefined is not compared
 * key     (kid in 8 hexadecimal digits) → Promise of the JWK, null where the
 *         registry names none; it rejects where the registry is out of reach
 *
 * The outcome is { record, differs, says }: record is one of "none",
 * "unreadable", "newer", "unknown key", "out of reach", "no crypto", "altered",
 * "different", "same", and "genuine" where the page has nothing to compare with;
 * differs the fields that are not the page's; says what the record says, null
 * where nobody is known to have signed it.
 */
export async function holdFragment({ digits, code, page, key }) {
  if (digits === "") return outcome("none");
  let record;
  try {
    record = openRecord(fromDigits(digits));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return outcome(error.code === "record.newer" ? "newer" : "unreadable");
  }
  try {
    const point = await pointOf(record.kid, key);
    if (!point) return outcome("unknown key");
    const says = sayings(record.claims);
    const differs = page ? Object.keys(says).filter((f) => page[f] !== undefined && page[f] !== says[f]) : [];
    if (!(await signedFor(record, point, code))) return outcome("altered", differs);
    if (!page) return outcome("genuine", [], says);
    return differs.length ? outcome("different", differs, says) : outcome("same", [], says);
  } catch (error) {
    return outcome(error instanceof Refusal && error.code === "crypto.missing" ? "no crypto" : "out of reach");
  }
}

const outcome = (record, differs = [], says = null) => ({ record, differs, says });

/** standing is the row of the table: what the page shows, "" for its own verdict. */
export const standing = (record) => (record === "altered" || record === "different" ? "altered" : "");

/** sayings are the claims of a record as the registry's answers have them. */
function sayings(c) {
  return {
    name: c.name, id_last4: c.idLast4, kind: c.kind, course: c.course, course_version: c.courseVersion, base: c.base,
    issued_on: dateOf(c.issuedOn), valid_from: dateOf(c.validFrom), valid_until: c.validUntil === null ? "" : dateOf(c.validUntil),
    hours: hours(c.minutes), practical_hours: hours(c.practicalMinutes), practical_assessed: c.practicalAssessed, demo: c.demo,
  };
}

// pointOf fetches the key, and takes it only if its thumbprint begins with the kid.
async function pointOf(kid, key) {
  const jwk = await key(kid);
  if (!jwk) return null;
  const point = concat(Uint8Array.of(4), unbase64(jwk.x), unbase64(jwk.y));
  if (!isPoint(point)) return null;
  return hex((await thumbprint(point)).subarray(0, 4)) === kid ? point : null;
}

function unbase64(text) {
  return Uint8Array.from(atob(String(text).replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
}
