// Answers every situation in a file that the registry's own test wrote, and
// compares the whole answers: node situations.mjs FILE
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { decide, openBundle, openTrustList } from "../index.js";
import { seconds, unhex } from "./common.mjs";

const file = JSON.parse(readFileSync(process.argv[2], "utf8"));
const root = unhex(file.root);
const now = seconds(file.now);
const lists = {};
for (const [name, bytes] of Object.entries(file.lists)) lists[name] = await openTrustList(unhex(bytes), { root, now });
const bundles = {};
for (const [name, bytes] of Object.entries(file.bundles)) bundles[name] = await openBundle(unhex(bytes), lists["in date"], { now });

let faults = 0;
for (const s of file.situations) {
  const record = s.record === null ? null : unhex(s.record);
  const got = await decide({
    scan: { origin: s.origin, code: s.code, record }, list: lists[s.list], bundle: bundles[s.bundle],
    now, seen: { newest: s.newest ? seconds(s.newest) : 0 },
  });
  const plain = JSON.parse(JSON.stringify({ ...got, reasons: got.reasons.map((r) => [r.code, ...r.args]) }));
  if (!isDeepStrictEqual(plain, s.answer) && ++faults < 10) {
    console.log(s.what, "\n got ", JSON.stringify(plain), "\n want", JSON.stringify(s.answer));
  }
}
console.log(`${file.situations.length} situations, ${faults} faults`);
process.exit(faults ? 1 : 0);
