// Checks certificates offline, with the published test vectors in the place of a
// trust list, a bundle and scans: node example.mjs [docs/vectors/trust.json].
// Each vector says what the device has: some have no bundle, or no list.
import { readFileSync } from "node:fs";
import { decide, openBundle, openTrustList, parseScan, remember, unseen } from "./index.js";

const file = process.argv[2] || new URL("../../docs/vectors/trust.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8"));
const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));

for (const vector of vectors.offline) {
  const now = Date.parse(vector.now) / 1000;
  const list = vector.list ? await openTrustList(bytes(vectors.list), { root: bytes(vectors.root), now }) : null;
  const bundle = vector.bundle ? await openBundle(bytes(vectors.bundle), list, { now }) : null;
  const seen = remember(unseen(), list, bundle); // each vector is a new device; yours keeps this
  const { verdict, status, reasons, credential } = await decide({ scan: parseScan(vector.text), list, bundle, now, seen });
  console.log(`${verdict.padEnd(11)} ${status.padEnd(15)} ${vector.what}: ${credential ? credential.name : "–"} (${reasons.map((r) => r.code).join(", ")})`);
}
