// The publishers' statement: which keys may sign lists and bundles. The root
// signs it, so that a stolen publisher key cannot take itself off it.
import { equal, hex, instant } from "./bytes.js";
import { bytes, list, struct, tuple, uint } from "./cbor.js";
import { document } from "./document.js";
import { isPoint, thumbprint } from "./p256.js";

const life = 90 * 86400;

const statement = document("trust", "passmuster publishers v1", { bytes: 64 << 10, items: 256 }, struct({
  1: ["number", uint(64)],
  2: ["issuedAt", uint(64)],
  3: ["keys", list(tuple({ point: bytes, from: uint(64), until: uint(64) }))],
  4: ["revoked", list(tuple({ thumbprint: bytes, at: uint(64) }))],
}));

/** openPublishers reads the statement and checks it against the root's point. */
export async function openPublishers(input, root) {
  const message = statement.parse(input);
  await statement.verify(message, root);
  const w = statement.decode(message);
  const keys = new Map();
  for (const k of w.keys) {
    if (!isPoint(k.point)) throw wrong("a publisher key is no point of P-256");
    const full = await thumbprint(k.point);
    const kid = hex(full.subarray(0, 4));
    if (keys.has(kid)) throw wrong("two publisher keys with one kid");
    const key = { point: k.point, thumbprint: full, from: instant(k.from), until: instant(k.until) };
    if (key.from >= key.until || key.until - key.from > life) throw wrong("a publisher key does not live 1 second to 90 days");
    keys.set(kid, key);
  }
  for (const r of w.revoked) {
    if (r.thumbprint.length !== 32) throw wrong("a thumbprint has not 32 bytes");
  }
  if (w.number === 0 || w.issuedAt === 0 || keys.size === 0) throw wrong("no number, no time or no key");
  return { number: w.number, issuedAt: instant(w.issuedAt), keys, revoked: w.revoked.map((r) => r.thumbprint) };
}

/** signer checks that a publisher of the statement signed the message, and returns its key. */
export async function signer(publishers, message, doc) {
  const key = publishers.keys.get(message.kid);
  if (!key) throw doc.fail("publisher");
  await doc.verify(message, key.point);
  return key;
}

/** mayIssue refuses a document issued at a time when the key was not to sign. */
export function mayIssue(publishers, key, at, doc) {
  if (at < key.from || at >= key.until || publishers.revoked.some((t) => equal(t, key.thumbprint))) {
    throw doc.fail("publisher");
  }
}

const wrong = (what) => statement.fail("malformed", what);
