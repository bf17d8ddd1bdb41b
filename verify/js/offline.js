// The verdict without a network: docs/trust.md, "Offline verdict". The first
// step that decides ends it. A missing, old or broken check is never a yes, and
// never a no.
import { clock, iso, dateOf } from "./bytes.js";
import { lookup, vouches } from "./bundle.js";
import { inDate } from "./list.js";
import { expiresAt, issuedBy, openRecord, signedFor, startsAt } from "./record.js";
import { Refusal } from "./refusal.js";
import { clockBehind, remember } from "./seen.js";
import { shown } from "./shown.js";

const expiringSeconds = 60 * 86400;
const day = 86400;

const verdicts = new Map(Object.entries({
  valid: "yes", expiring: "yes", expired: "no", not_yet_valid: "no", suspended: "no", revoked: "no",
  superseded: "replaced", not_found: "no", altered: "no", could_not_check: "cannot_tell",
}));

/** verdictOf is the family of a status; one that is not known cannot be told. */
export const verdictOf = (status) => verdicts.get(status) || "cannot_tell";

/**
 * decide answers for a scan without asking anybody. scan is what parseScan
 * returned, or { origin: "", code, record: null } for a typed code; list and
 * bundle are open ones or null and may be out of date; seen is what the device
 * remembers; now is its clock, seconds since 1970 ("clock.invalid" is thrown for
 * what is no such number).
 *
 * The answer has the form of the registry's own: { status, verdict, checked_at,
 * checks: { signature, dates, status, issuer, ledger: { result, as_of?, reason? } },
 * reasons: [{ code, args }], credential? }. Times in it are texts as in JSON.
 */
export async function decide({ scan, list, bundle, now, seen }) {
  clock(now);
  const c = new Check(scan, list || null, bundle || null, now, seen);
  for (const step of ["ground", "evidence", "exception", "judgeable", "issued", "keyHolds", "dates", "fresh"]) {
    if (await c[step]()) return c.finish();
  }
  c.valid();
  return c.finish();
}

/** datesStatus judges by the signed days alone. */
export function datesStatus(claims, now) {
  const end = expiresAt(claims);
  if (now < startsAt(claims)) return "not_yet_valid";
  if (end === null) return "valid";
  if (now >= end) return "expired";
  return now >= end - expiringSeconds ? "expiring" : "valid";
}

// Check is one verdict in the making. Each step returns true once it is decided.
class Check {
  constructor(scan, list, bundle, now, seen) {
    Object.assign(this, { scan, list, bundle, now });
    this.seen = remember(seen, list, bundle);
    this.record = null;
    this.genuine = false;
    this.key = null;
    this.doubt = null; // why the record cannot be judged
    this.stands = null; // how the code stands in the bundle
    this.stolen = false; // somebody else may have signed the record
    this.answer = {
      status: "", verdict: "", checked_at: iso(now),
      checks: {
        signature: { result: "not_checked" }, dates: { result: "not_checked" }, status: { result: "not_checked" },
        issuer: { result: "not_checked" }, ledger: { result: "not_checked", reason: "offline" },
      },
      reasons: [],
    };
  }

  decide(status, ...reasons) {
    this.answer.status = status;
    this.answer.reasons.push(...reasons);
    return true;
  }

  cannotTell(reason) {
    return this.decide("could_not_check", reason);
  }

  // ground asks for a clock, a list, and an address that the list speaks for.
  ground() {
    if (clockBehind(this.seen, this.now)) return this.cannotTell(why("clock.behind", iso(this.seen.newest)));
    if (!this.list) return this.cannotTell(why("trust.missing"));
    if (this.scan.origin && !this.list.origins.includes(this.scan.origin)) return this.cannotTell(why("origin.foreign", this.scan.origin));
    return false;
  }

  // evidence reads the record and checks its signature. A signature that fails
  // under a key of the list is evidence, as kids are unique for ever; a key that
  // the list lacks is none, as the list may be older than the key.
  async evidence() {
    this.doubt = this.read();
    if (this.bundle) this.stands = await lookup(this.bundle, this.scan.code);
    if (this.doubt) return false;
    const checks = this.answer.checks;
    const asOf = iso(this.list.issuedAt);
    if (!(await signedFor(this.record, this.key.point, this.scan.code))) {
      checks.signature = { result: "no", as_of: asOf, reason: "record.altered" };
      return this.decide("altered", why("record.altered"));
    }
    this.genuine = true;
    checks.signature = { result: "yes", as_of: asOf };
    if (this.record.claims.issuer !== this.key.issuer.code) {
      checks.issuer = { result: "no", as_of: asOf, reason: "issuer.mismatch" };
      this.doubt = why("issuer.mismatch");
      return false;
    }
    checks.issuer = { result: "yes", as_of: asOf };
    // A thief states any day of issue that he likes, so that a compromised key
    // needs the registry to stand by this very record.
    this.stolen = this.key.compromisedAt !== null &&
      !(this.bundle && (await vouches(this.bundle, this.scan.code, this.record.payload)));
    return false;
  }

  // read parses the record and finds its key, or says why not.
  read() {
    const checks = this.answer.checks;
    if (this.scan.record === null || this.scan.record === undefined) return why("record.missing");
    try {
      this.record = openRecord(this.scan.record);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const reason = error.code === "record.newer" ? "record.newer" : "record.unreadable";
      checks.signature = { result: "could_not_check", reason };
      return why(reason);
    }
    this.key = this.list.keys.get(this.record.kid) || null;
    if (this.key) return null;
    checks.signature = { result: "could_not_check", reason: "key.unknown" };
    checks.issuer = { result: "could_not_check", reason: "key.unknown" };
    return why("key.unknown");
  }

  // exception looks at what people decided. Revoked and superseded never change
  // again, so they hold however old the bundle is.
  exception() {
    const e = this.stands && this.stands.exception;
    if (!e || (e.status === "suspended" && !inDate(this.bundle, this.now))) return false;
    this.answer.checks.status = { result: "no", as_of: iso(this.bundle.asOf), reason: "status." + e.status };
    this.show();
    if (this.answer.credential) {
      this.answer.credential.status_since = dateOf(e.day) + "T00:00:00Z";
      if (e.reason) this.answer.credential.status_reason = e.reason;
    }
    return this.decide(e.status, why("status." + e.status, ...e.reason ? [e.reason] : []), this.basis());
  }

  judgeable() {
    return this.doubt ? this.cannotTell(this.doubt) : false;
  }

  // issued asks whether the registry ever gave the code out. A filter that is
  // newer than the day of issue and lacks it is evidence, of any age.
  issued() {
    if (!this.stands || this.stands.standing !== "absent" || this.bundle.asOf < issuedBy(this.record.claims)) return false;
    const asOf = iso(this.bundle.asOf);
    this.answer.checks.status = { result: "no", as_of: asOf, reason: "bundle.not_issued" };
    return this.decide("not_found", why("bundle.not_issued", asOf), this.basis());
  }

  // keyHolds asks whether the issuer's key may still be believed for this record.
  keyHolds() {
    const k = this.key;
    const end = issuedBy(this.record.claims);
    let reason = null;
    if (this.stolen) {
      reason = why("key.compromised", iso(k.compromisedAt));
    } else if (k.verifyUntil !== null && this.now >= k.verifyUntil) {
      reason = why("key.retired", iso(k.verifyUntil));
    } else if (k.signFrom >= end || (k.signUntil !== null && end - day >= k.signUntil)) {
      reason = why("key.period");
    }
    if (!reason) {
      this.show();
      return false;
    }
    this.answer.checks.issuer = { result: "could_not_check", as_of: iso(this.list.issuedAt), reason: reason.code };
    return this.cannotTell(reason);
  }

  // dates judges by the signed days. An end counts once the clock or any signed
  // time is past it; the clock alone counts only while the list is in date.
  dates() {
    const claims = this.record.claims;
    const status = datesStatus(claims, this.now);
    if (status === "expired" && !inDate(this.list, this.now) && this.seen.newest < expiresAt(claims)) {
      this.answer.checks.dates = { result: "could_not_check", reason: "trust.old" };
      return false;
    }
    if (status !== "expired" && status !== "not_yet_valid") {
      this.answer.checks.dates = { result: "yes" };
      return false;
    }
    this.answer.checks.dates = { result: "no", reason: "status." + status };
    return this.decide(status, why("status." + status));
  }

  // fresh asks whether list and bundle may still be built on.
  fresh() {
    const b = this.bundle;
    const asOf = b && iso(b.asOf);
    const e = this.stands && this.stands.exception;
    let reason;
    if (!inDate(this.list, this.now)) reason = why("trust.old", iso(this.list.validUntil));
    else if (!b) reason = why("bundle.missing");
    else if (this.stands.standing === "absent") reason = why("bundle.before_issue", asOf);
    else if (inDate(b, this.now)) return false;
    else if (e && e.status === "suspended") reason = why("bundle.old_suspended", asOf);
    else reason = why("bundle.old", asOf);
    this.answer.checks.status = { result: "could_not_check", reason: reason.code };
    if (!b) return this.cannotTell(reason);
    this.answer.checks.status.as_of = asOf;
    return this.decide("could_not_check", reason, this.basis());
  }

  // valid is reached by what passed everything: the only way to a yes.
  valid() {
    this.answer.checks.status = { result: "yes", as_of: iso(this.bundle.asOf) };
    const status = datesStatus(this.record.claims, this.now);
    if (status === "expiring") this.answer.reasons.push(why("status.expiring"));
    this.decide(status, this.basis());
  }

  // show puts what a genuine record says into the answer. A record that nobody
  // vouches for is never shown: its name could be any.
  show() {
    if (this.genuine && !this.doubt && !this.stolen) {
      this.answer.credential = shown(this.record.claims, this.key.issuer, this.bundle);
    }
  }

  // basis names the bundle that an answer rests on, on every such answer.
  basis() {
    return why("bundle.basis", String(this.bundle.number), iso(this.bundle.asOf));
  }

  finish() {
    this.answer.verdict = verdictOf(this.answer.status);
    return this.answer;
  }
}

const why = (code, ...args) => ({ code, args });
