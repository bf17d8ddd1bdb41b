// The published vectors of docs/qr.md and docs/trust.md.
import assert from "node:assert/strict";
import test from "node:test";
import * as v from "../index.js";
import { now, points, qr, refusalOf, seconds, trust, unhex } from "./common.mjs";

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const date = (day) => (day === null ? "" : new Date(day * 864e5).toISOString().slice(0, 10));
const root = unhex(trust.root);
const list = await v.openTrustList(unhex(trust.list), { root, now });
const bundle = await v.openBundle(unhex(trust.bundle), list, { now });

test("records say what the vectors say, and are signed", async () => {
  for (const r of qr.records) {
    const record = v.openRecord(unhex(r.record));
    const c = record.claims, w = r.claims;
    assert.equal(hex(record.payload), r.payload);
    assert.deepEqual(
      [c.issuer, c.name, c.idLast4, c.kind, c.course, c.courseVersion, c.base, date(c.issuedOn), date(c.validFrom), date(c.validUntil)],
      [w.issuer, w.name, w.id_last4 ?? "", w.kind, w.course, w.course_version, w.base, w.issued_on, w.valid_from, w.valid_until ?? ""], r.name);
    assert.deepEqual([c.utcOffset, c.minutes, c.practicalMinutes, c.practicalAssessed, c.demo],
      [w.utc_offset ?? 0, w.minutes ?? 0, w.practical_minutes ?? 0, w.practical_assessed ?? false, w.demo ?? false], r.name);
    assert.equal(v.startsAt(c), seconds(w.starts_at));
    if (w.expires_at) assert.equal(v.expiresAt(c), seconds(w.expires_at));
    assert.ok(await v.signedFor(record, points[r.key], r.code), r.name);
    const scan = v.parseScan(r.url);
    assert.deepEqual([scan.code, hex(scan.record)], [r.code, r.record]);
  }
});

test("what is no record is refused, with the registry's own code", async () => {
  for (const r of qr.refused) {
    const got = await refusalOf(async () => {
      const record = v.openRecord(unhex(r.record));
      if (!(await v.signedFor(record, points[r.key], r.code))) throw new v.Refusal("record.signature");
    });
    assert.equal(got, r.error, r.record);
  }
});

test("scans are read or refused alike", async () => {
  for (const s of qr.scans) {
    const got = { origin: "", code: "", has_record: false, error: undefined };
    try {
      const scan = v.parseScan(s.text);
      Object.assign(got, { origin: scan.origin, code: scan.code, has_record: scan.record !== null, error: scan.refusal?.code });
    } catch (refusal) {
      got.error = refusal.code;
    }
    assert.deepEqual(got, { origin: s.origin, code: s.code, has_record: s.has_record, error: s.error }, s.text);
  }
});

test("list and bundle say what the vectors say", () => {
  const s = trust.says;
  assert.deepEqual([list.number, list.issuedAt, list.validUntil, list.origins],
    [s.list_number, seconds(s.list_issued_at), seconds(s.list_valid_until), s.origins]);
  assert.deepEqual([bundle.number, bundle.issuedAt, bundle.asOf, bundle.validUntil, bundle.count],
    [s.bundle_number, seconds(s.bundle_issued_at), seconds(s.bundle_as_of), seconds(s.bundle_valid_until), s.count]);
  assert.deepEqual({ ...bundle.courses.CPR1 }, s.courses.CPR1);
  for (const [issuer, kids] of Object.entries(s.issuer_keys)) {
    for (const kid of kids) assert.equal(list.keys.get(kid).issuer.code, issuer);
  }
});

test("signers of PDF files are read", async () => {
  const named = await v.openTrustList(unhex(trust.list_with_signers.bytes), { root, now });
  assert.deepEqual(named.signers.map((s) => ({ chain: hex(s.chain), ...(s.compromisedAt !== null && { compromised_at: s.compromisedAt }) })),
    trust.list_with_signers.says.map((s) => ({ chain: s.chain, ...(s.compromised_at && { compromised_at: seconds(s.compromised_at) }) })));
});

test("codes stand as the vectors say", async () => {
  for (const x of trust.lookups) {
    const { standing, exception } = await v.lookup(bundle, x.code);
    assert.equal(standing, x.standing, x.code);
    if (exception) assert.deepEqual([exception.status, date(exception.day), exception.reason], [x.status, x.on, x.reason ?? ""]);
  }
  for (const x of trust.vouched) assert.equal(await v.vouches(bundle, x.code, unhex(x.payload)), x.vouched);
});

test("documents that are not to be believed are refused, with the registry's own code", async () => {
  for (const x of trust.refused) {
    const seen = { statement: x.seen_publishers ?? 0, list: x.seen_list ?? 0, bundle: { "0:": x.seen_bundle ?? 0 }, newest: 0 };
    const got = await refusalOf(() => x.document === "list"
      ? v.openTrustList(unhex(x.bytes), { root, seen, now: seconds(x.now) })
      : v.openBundle(unhex(x.bytes), list, { seen, now: seconds(x.now) }));
    assert.equal(got, x.error, x.what);
  }
});

test("the offline verdict is the vectors'", async () => {
  for (const x of trust.offline) {
    const a = await v.decide({ scan: v.parseScan(x.text), list: x.list ? list : null, bundle: x.bundle ? bundle : null, now: seconds(x.now) });
    assert.deepEqual([a.status, a.verdict, a.reasons.map((r) => r.code)], [x.status, x.verdict, x.reasons], x.what);
    if (x.status_reason) assert.deepEqual([a.reasons[0].args[0], a.credential?.status_reason ?? x.status_reason], [x.status_reason, x.status_reason], x.what);
    else assert.equal(a.credential?.status_reason, undefined, x.what);
  }
});

test("a device does not forget", async () => {
  let seen = v.remember(v.unseen(), list, bundle);
  assert.deepEqual(seen, { statement: list.publishers.number, list: list.number, bundle: { "0:": bundle.number }, newest: bundle.issuedAt });
  assert.deepEqual(v.remember(seen, list, bundle), seen);
  seen = { ...seen, bundle: { "1:GAMES": 99 } };
  assert.equal(await refusalOf(() => v.openBundle(unhex(trust.bundle), list, { seen, now })), "", "another line of numbers");
  const behind = await v.decide({ scan: v.parseScan(trust.offline[0].text), list, bundle, now, seen: { newest: now + 301 } });
  assert.deepEqual([behind.status, behind.reasons[0].code, behind.reasons[0].args[0]], ["could_not_check", "clock.behind", "2026-11-21T12:05:01Z"]);
});

test("codes are read as people type them", () => {
  const code = qr.records[0].code;
  for (const typed of [code, code.toLowerCase(), v.grouped(code), v.grouped(code).replaceAll("-", " – "), code.replaceAll("1", "l").replaceAll("0", "o")]) {
    assert.equal(v.codeOf(typed), code);
  }
  for (const wrong of ["", code + "0", code.slice(1), "2" + code.slice(1), code.replace("Y", "U"), "ß".repeat(16), "１" + code.slice(1)]) {
    assert.throws(() => v.codeOf(wrong), { code: "code.mistyped" }, wrong);
  }
});
