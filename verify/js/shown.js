// What a genuine record shows of a credential, in the form of the registry's
// own answers. A record carries no number, so there is none.
import { dateOf } from "./bytes.js";

/** hours are academic, of 45 minutes, to one decimal. */
export const hours = (minutes) => Math.floor((minutes * 10 + 22) / 45) / 10;

const known = (names, code) => ({ ...(names && names[code]) });

/** shown is the credential of an answer; bundle may be null. */
export function shown(claims, issuer, bundle) {
  const s = {
    kind: claims.kind, name: claims.name,
    course: { code: claims.course, version: claims.courseVersion, title: known(bundle && bundle.courses, claims.course) },
    hours: hours(claims.minutes), practical_hours: hours(claims.practicalMinutes), practical_assessed: claims.practicalAssessed,
    issuer: { name: { ...issuer.name } },
    base: { code: claims.base, name: known(bundle && bundle.bases, claims.base) },
    issued_on: dateOf(claims.issuedOn), valid_from: dateOf(claims.validFrom),
    valid_until: claims.validUntil === null ? null : dateOf(claims.validUntil),
    superseded_by: null,
  };
  if (claims.idLast4 !== "") s.id_last4 = claims.idLast4;
  if (claims.demo) s.demo = true;
  return s;
}
