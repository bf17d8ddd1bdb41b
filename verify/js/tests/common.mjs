// What the tests share: the published vectors and how refusals are looked at.
import { readFileSync } from "node:fs";
import { Refusal } from "../index.js";

const read = (name) => readFileSync(new URL("../../../docs/" + name, import.meta.url), "utf8");

export const qr = JSON.parse(read("vectors/qr.json"));
export const trust = JSON.parse(read("vectors/trust.json"));

export const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
export const seconds = (time) => Date.parse(time) / 1000;
export const now = seconds("2026-11-21T12:00:00Z");

/** pointOf is the public key of a JWK as 65 bytes. */
export const pointOf = (jwk) => Uint8Array.from([4, ...Buffer.from(jwk.x, "base64url"), ...Buffer.from(jwk.y, "base64url")]);

export const points = Object.fromEntries(qr.keys.map((k) => [k.name, pointOf(k.jwk)]));

/**
 * refusalOf runs work and returns the code of what it refuses or returns with,
 * "" for nothing. Anything thrown that is no Refusal is a fault of the modules.
 */
export async function refusalOf(work) {
  try {
    const result = await work();
    return result && result.refusal ? result.refusal.code : "";
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.code;
  }
}

/** table reads the first table under a heading of docs/verdicts.md: a list of { column: cell }. */
export function table(heading) {
  const lines = read("verdicts.md").split("\n");
  const from = lines.findIndex((l) => l === "## " + heading);
  const start = lines.findIndex((l, i) => i > from && l.startsWith("|"));
  const cells = (line) => line.split("|").slice(1, -1).map((c) => c.trim().replaceAll("`", ""));
  const names = cells(lines[start]);
  const rows = [];
  for (let i = start + 2; lines[i].startsWith("|"); i++) {
    rows.push(Object.fromEntries(cells(lines[i]).map((c, at) => [names[at], c])));
  }
  return rows;
}

/** covers tells whether a row covers the evidence; "·" covers anything, "a, b" either. */
export const covers = (row, evidence) =>
  Object.entries(evidence).every(([column, value]) => row[column] === "·" || row[column].split(", ").includes(value));
