// Checks one certificate offline, with the published test vectors in the place
// of a trust list, a bundle and a scan: node example.mjs [docs/vectors/trust.json]
import { readFileSync } from "node:fs";
import { decide, openBundle, openTrustList, parseScan, remember, unseen } from "./index.js";

const file = process.argv[2] || new URL("../../docs/vectors/trust.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8"));
const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));

let seen = unseen();
for (const { what, text, now: time } of vectors.offline) {
  const now = Date.parse(time) / 1000;
  const list = await openTrustList(bytes(vectors.list), { root: bytes(vectors.root), now });
  const bundle = await openBundle(bytes(vectors.bundle), list, { now });
  seen = remember(seen, list, bundle);
  const { verdict, status, reasons, credential } = await decide({ scan: parseScan(text), list, bundle, now, seen });
  console.log(`${verdict.padEnd(11)} ${status.padEnd(15)} ${what}: ${credential ? credential.name : "–"} (${reasons.map((r) => r.code).join(", ")})`);
}
