// Walks "A QR code opened in a browser" of docs/verdicts.md.
import assert from "node:assert/strict";
import test from "node:test";
import { fromDigits } from "../digits.js";
import { holdFragment, standing } from "../fragment.js";
import { openRecord } from "../record.js";
import { Refusal } from "../refusal.js";
import { covers, qr, table, unhex } from "./common.mjs";

const [first, other] = qr.records.filter((r) => r.key === "record");
const jwk = qr.keys.find((k) => k.name === "record").jwk;
const kid = qr.keys.find((k) => k.name === "record").kid;
const digitsOf = (bytes) => BigInt("0x" + Buffer.from(bytes).toString("hex")).toString();
const keyOf = async (asked) => (asked === kid ? { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y } : null);

// What a page of the first record says.
const page = {
  name: first.claims.name, id_last4: first.claims.id_last4, kind: first.claims.kind, course: first.claims.course,
  course_version: first.claims.course_version, base: first.claims.base, issued_on: first.claims.issued_on,
  valid_from: first.claims.valid_from, valid_until: first.claims.valid_until, hours: 4, practical_hours: 3,
  practical_assessed: true, demo: true,
};

const changed = (at, mask) => {
  const bytes = unhex(first.record);
  bytes[at < 0 ? bytes.length + at : at] ^= mask;
  return digitsOf(bytes);
};
const later = () => {
  const bytes = unhex(first.record);
  bytes[bytes.indexOf(0x3a) + 4]++; // the claim -65537 becomes -65538
  return digitsOf(bytes);
};
const nameAt = Buffer.from(first.record, "hex").indexOf("DEMO");

const records = {
  none: { digits: "" },
  unreadable: { digits: first.url.split("#")[1].slice(0, -1) },
  "later format": { digits: later() },
  "unknown key": { digits: first.url.split("#")[1], key: async () => null },
  "key out of reach": { digits: first.url.split("#")[1], key: () => Promise.reject(new TypeError("no network")) },
  "no crypto": { digits: first.url.split("#")[1], key: () => Promise.reject(new Refusal("crypto.missing")) },
  altered: { digits: changed(nameAt, 1) },
  "genuine but different": { digits: first.url.split("#")[1], page: { ...page, name: "DEMO 李娜" } },
  "genuine and the same": { digits: first.url.split("#")[1] },
};

test("every page and every record follow the table", async () => {
  const rows = table("A QR code opened in a browser");
  const used = new Set();
  for (const standsAs of ["known", "never issued", "cannot tell"]) {
    for (const [record, make] of Object.entries(records)) {
      const row = rows.find((r) => covers(r, { page: standsAs, record }));
      assert.ok(row, `no row for ${standsAs}, ${record}`);
      used.add(row);
      const found = await holdFragment({ code: first.code, key: keyOf, ...make, page: standsAs === "known" ? make.page || page : null });
      assert.deepEqual([standing(found.record) || "stays", found.record], [row.shown, row.note], `${standsAs}, ${record}`);
    }
  }
  assert.equal(used.size, rows.length, "a row is never reached");
});

test("the record of one certificate under the code of another is altered", async () => {
  const found = await holdFragment({ digits: other.url.split("#")[1], code: first.code, page, key: keyOf });
  assert.equal(found.record, "altered");
  assert.ok(found.differs.length > 0);
  assert.equal(found.says, null, "what nobody vouches for is not shown");
});

test("no change of a record passes", async () => {
  const bytes = unhex(first.record);
  for (let at = 0; at < bytes.length; at++) {
    const found = await holdFragment({ digits: changed(at, 1), code: first.code, page, key: keyOf });
    assert.ok(["altered", "unreadable", "newer", "unknown key"].includes(found.record), `byte ${at}: ${found.record}`);
  }
});

test("each value that differs is named", async () => {
  const wrong = { name: "x", id_last4: "0000", kind: "honour", course: "X", course_version: 9, base: "X", issued_on: "2020-01-01", valid_from: "2020-01-01",
    valid_until: "", hours: 1, practical_hours: 1, practical_assessed: false, demo: false };
  for (const [name, value] of Object.entries(wrong)) {
    const found = await holdFragment({ digits: digitsOf(unhex(first.record)), code: first.code, page: { ...page, [name]: value }, key: keyOf });
    assert.deepEqual([found.record, found.differs], ["different", [name]]);
  }
});

test("a name that was removed is not compared", async () => {
  const { name, id_last4, ...rest } = page;
  const found = await holdFragment({ digits: digitsOf(unhex(first.record)), code: first.code, page: rest, key: keyOf });
  assert.equal(found.record, "same");
});

test("a key under another kid is not taken", async () => {
  const wrong = qr.keys.find((k) => k.name !== "record").jwk;
  const found = await holdFragment({ digits: digitsOf(unhex(first.record)), code: first.code, page, key: async () => wrong });
  assert.equal(found.record, "unknown key");
});

test("only the kid is asked for", async () => {
  const asked = [];
  await holdFragment({ digits: digitsOf(unhex(first.record)), code: first.code, page, key: async (k) => (asked.push(k), keyOf(k)) });
  assert.deepEqual(asked, [openRecord(fromDigits(digitsOf(unhex(first.record)))).kid]);
});
