// What nobody of ours writes is refused, and quickly: nothing is allocated for
// what is only announced, nothing recurses without end, nothing but a Refusal is
// thrown.
import assert from "node:assert/strict";
import test from "node:test";
import * as v from "../index.js";
import { decode, Malformed } from "../cbor.js";
import { readFilter, holds } from "../filter.js";
import { now, points, qr, refusalOf, trust, unhex } from "./common.mjs";

const root = unhex(trust.root);
const list = await v.openTrustList(unhex(trust.list), { root, now });
const first = qr.records[0];

async function recordRefused(bytes) {
  return refusalOf(async () => {
    const record = v.openRecord(bytes);
    if (!(await v.signedFor(record, points[first.key], first.code))) throw new v.Refusal("record.signature");
  });
}

const documents = [
  ["a record", unhex(first.record), recordRefused],
  ["a list", unhex(trust.list), (b) => refusalOf(() => v.openTrustList(b, { root, now }))],
  ["a bundle", unhex(trust.bundle), (b) => refusalOf(() => v.openBundle(b, list, { now }))],
];

for (const [what, whole, refused] of documents) {
  test(`${what} cut off anywhere is refused`, async () => {
    assert.equal(await refused(whole), "");
    for (let n = 0; n < whole.length; n++) assert.notEqual(await refused(whole.subarray(0, n)), "", `${n} bytes`);
    assert.notEqual(await refused(Uint8Array.from([...whole, 0])), "", "a byte behind");
  });

  test(`${what} with any byte changed is refused`, async () => {
    for (let i = 0; i < whole.length; i++) {
      for (const mask of whole.length < 500 ? [1, 0x80, 0xff] : [1 << (i & 7)]) {
        const changed = whole.slice();
        changed[i] ^= mask;
        assert.notEqual(await refused(changed), "", `byte ${i} xor ${mask}`);
      }
    }
  });
}

test("lengths that are only announced cost nothing", () => {
  for (const head of ["9bffffffffffffffff", "9a7fffffff", "bb000fffffffffffff", "5b7fffffffffffffff", "7affffffff", "5bffffffffffffffff", "990fff", "b9ffff"]) {
    assert.throws(() => decode(unhex(head), { bytes: 64, items: 1 << 20 }), Malformed, head);
  }
});

test("other encodings of the same values are refused", () => {
  const odd = ["1817", "190017", "1a00000017", "1b0000000000000017", "a2020001 00", "a201000100", "9f01ff", "5f4101ff", "bf0100ff", "c001", "d818f6", "f0ff", "fb3ff0000000000000", "61ff", "62c328", "63eda080", "7f6161ff", "1c", "3f", "ff", "f800"];
  for (const text of odd) {
    let found = null;
    try {
      found = decode(unhex(text.replaceAll(" ", "")), { bytes: 64 });
    } catch (error) {
      assert.ok(error instanceof Malformed, text);
      continue;
    }
    assert.ok(found.odd || found.item.kind === "simple", text);
  }
});

test("nesting ends at depth 4", () => {
  assert.equal(decode(unhex("8181818100"), { bytes: 64 }).odd, false);
  for (const deep of ["818181818100", "81".repeat(4000) + "00", "a100".repeat(2000) + "00"]) {
    assert.throws(() => decode(unhex(deep), { bytes: 1 << 20 }), Malformed);
  }
});

test("noise is refused", async () => {
  let state = 1;
  const random = () => (state = (state * 48271) % 2147483647);
  for (let i = 0; i < 3000; i++) {
    const noise = Uint8Array.from({ length: random() % 200 }, () => random() & 255);
    noise[0] = 0xd2;
    assert.notEqual(await recordRefused(noise), "");
  }
});

test("texts that are no scan are refused at once", async () => {
  const hostile = ["", "#", "://", "https://", "https:///v/", "x".repeat(1e6), "https://a/v/" + "0".repeat(1e5), "https://[::1/v/1", "https://[" + ":".repeat(4000) + "]/v/1",
    "javascript:alert(1)", "https://user:pw@verify.demo.example/v/" + first.code, "https://verify.demo.example\\@evil.example/v/" + first.code,
    "https://verify.demo.example/v/" + first.code + "/../x", "https://vеrify.example/v/" + first.code];
  for (const text of hostile) assert.match(await refusalOf(() => v.parseScan(text)), /^(record\.scan|code\.mistyped)/, text.slice(0, 60));
  for (const digits of ["", "0", "01", "1e5", "１２", "9".repeat(9866), "-1", " 1", "1\n"]) {
    assert.equal(await refusalOf(() => v.fromDigits(digits)), "record.digits", digits.slice(0, 20));
  }
});

test("hosts are told apart as the registry tells them", async () => {
  const code = first.code;
  const read = (origin) => refusalOf(() => ({ refusal: v.parseScan(`${origin}/v/${code}`).refusal }));
  for (const good of ["http://localhost:8080", "http://demo.local", "http://[::1]", "http://[fe80::1]:8080", "http://[::ffff:10.0.0.1]", "http://192.168.0.9", "https://[2001:db8::1]", "https://a.example:444"]) {
    assert.equal(await read(good), "", good);
  }
  for (const bad of ["http://[2001:db8::1]", "http://8.8.8.8", "http://010.0.0.1", "http://10.0.0.256"]) assert.equal(await read(bad), "record.scan_http", bad);
  for (const bad of ["https://a..b", "https://-a.example", "https://a_b.example", "https://[::g]", "https://[1::2::3]", "https://[fe80::1%25eth0]", "https://a:0", "https://a:123456", "https://%61"]) {
    assert.equal(await read(bad), "record.scan", bad);
  }
});

test("a filter of a million is read into sorted numbers", (t) => {
  const count = 1e6;
  const places = [];
  for (let i = 0; i < count; i++) places.push(i * (1 << 20) + ((i * 2654435761) % (1 << 20)));
  const data = encode(places);
  const before = performance.now();
  const read = readFilter(count, data);
  t.diagnostic(`${data.length} bytes, ${count} entries in ${Math.round(performance.now() - before)} ms`);
  assert.ok(read instanceof Float64Array && read.length === count);
  for (const i of [0, 1, 499999, count - 1]) assert.equal(read[i], places[i]);
  assert.equal(readFilter(count + 1, data), null);
  assert.equal(readFilter(count - 1, data), null);
  assert.equal(readFilter(1, Uint8Array.from([0xff, 0xff, 0xff, 0xff])), null);
  assert.equal(readFilter(2 ** 40, data), null);
  assert.equal(readFilter(18446744073709551615n, data), null);
  assert.equal(holds(readFilter(0, new Uint8Array(0)), new Uint8Array(8)), false);
});

test("the filter of the document's example", () => {
  const read = readFilter(2, unhex("4000040000 00".replace(" ", "")));
  assert.deepEqual([...read], [524288, 1572864]);
  assert.ok(holds(read, unhex("4000000000000000")) && holds(read, unhex("c000000000000000")));
  assert.ok(!holds(read, unhex("4000000000000001").fill(7)));
  for (const bad of ["400004000001", "40000400000000", "4000040000"]) assert.equal(readFilter(2, unhex(bad)), null, bad);
});

// encode writes places as a registry does.
function encode(places) {
  const bits = new Uint8Array(places.length * 3 + 16);
  let at = 0;
  const bit = (b) => {
    if (b) bits[at >> 3] |= 128 >> (at & 7);
    at++;
  };
  let last = 0;
  for (const p of places) {
    const d = p - last;
    last = p;
    for (let q = Math.floor(d / (1 << 20)); q > 0; q--) bit(1);
    bit(0);
    for (let k = 19; k >= 0; k--) bit((d >> k) & 1);
  }
  return bits.subarray(0, (at + 7) >> 3);
}

test("a clock that shows no time is refused", async () => {
  const bundle = await v.openBundle(unhex(trust.bundle), list, { now });
  const scan = v.parseScan(trust.offline[0].text);
  for (const none of [NaN, Infinity, -Infinity, undefined, null, "2026-11-21", String(now), BigInt(now), now * 1000]) {
    assert.equal(await refusalOf(() => v.openTrustList(unhex(trust.list), { root, now: none })), "clock.invalid", String(none));
    assert.equal(await refusalOf(() => v.openBundle(unhex(trust.bundle), list, { now: none })), "clock.invalid", String(none));
    assert.equal(await refusalOf(() => v.decide({ scan, list, bundle, now: none })), "clock.invalid", String(none));
  }
});
