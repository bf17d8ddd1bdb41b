// The record in the QR code: what the certificate says, signed by its issuer.
import { utf8 } from "./bytes.js";
import { Newer, int, nullable, read, string, struct, tuple, uint } from "./cbor.js";
import { parse, signedBy } from "./cose.js";
import { Refusal } from "./refusal.js";

const maxSize = 1024;
const kinds = ["", "competence", "attendance", "instructor", "honour"];
const flagAssessed = 1;
const flagDemo = 2;
const day = 86400;

const payload = struct({
  1: ["issuer", string],
  "-65537": ["body", tuple({
    name: string, idLast4: string, kind: uint(8), course: string, courseVersion: uint(16), base: string,
    issuedOn: uint(16), validFrom: uint(16), validUntil: nullable(uint(16)), utcOffset: int(-32768, 32767),
    minutes: uint(16), practicalMinutes: uint(16), flags: uint(8),
  })],
});

/**
 * openRecord reads a record: { kid (hex, 8 digits), claims, payload, message }.
 * Nobody is known to have said it until signedFor returns true. It refuses, as
 * "record.malformed", what is not in the one form, and as "record.newer" what a
 * later version may write. Days in claims are counted from 1970-01-01.
 */
export function openRecord(bytes) {
  try {
    const message = parse(bytes, maxSize);
    const { issuer, body } = read(message.payload, payload, { bytes: maxSize });
    if (body.flags & ~(flagAssessed | flagDemo) || body.kind >= kinds.length) throw new Newer("another kind or flag");
    const { kind, flags, ...same } = body;
    const claims = {
      issuer, ...same, kind: kinds[kind],
      practicalAssessed: (flags & flagAssessed) !== 0, demo: (flags & flagDemo) !== 0,
    };
    if (!sound(claims)) throw new Refusal("record.malformed", "claims that contradict themselves");
    return { kid: message.kid, claims, payload: message.payload, message };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(error instanceof Newer ? "record.newer" : "record.malformed", error.message);
  }
}

/** signedFor reports whether the point (65 bytes) signed the record for the code. */
export const signedFor = (record, point, code) => signedBy(record.message, point, utf8(code));

// sound refuses claims that no writer makes.
function sound(c) {
  return code(c.issuer) && c.name !== "" && utf8(c.name).length <= 200 &&
    (c.idLast4 === "" || (c.idLast4.length === 4 && code(c.idLast4))) && c.kind !== "" &&
    code(c.course) && c.courseVersion >= 1 && code(c.base) &&
    (c.validUntil === null || c.validUntil >= c.validFrom) &&
    Math.abs(c.utcOffset) <= 18 * 60 && c.practicalMinutes <= c.minutes;
}

const code = (text) => /^[A-Za-z0-9._-]{1,16}$/.test(text) && !text.endsWith("\n");

/** startsAt is the first instant of validity, seconds since 1970. */
export const startsAt = (c) => c.validFrom * day - c.utcOffset * 60;

/** expiresAt is the first instant after the end of validity; null: no end. */
export const expiresAt = (c) => (c.validUntil === null ? null : (c.validUntil + 1) * day - c.utcOffset * 60);

/** issuedBy is the first instant after the day of issue. */
export const issuedBy = (c) => (c.issuedOn + 1) * day - c.utcOffset * 60;
