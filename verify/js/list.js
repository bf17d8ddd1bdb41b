// The trust list: who may issue, with which keys, under which addresses.
import { clock, equal, hex, instant, optional } from "./bytes.js";
import { bytes, list, nullable, string, struct, texts, tuple, uint } from "./cbor.js";
import { document } from "./document.js";
import { isPoint, thumbprint } from "./p256.js";
import { mayIssue, openPublishers, signer } from "./publishers.js";
import { parseScan } from "./scan.js";
import { clockBehind, remember } from "./seen.js";

const life = 30 * 86400;

const trustList = document("trust", "passmuster trust list v1", { bytes: 1 << 20, items: 8192 }, struct({
  1: ["number", uint(64)],
  2: ["issuedAt", uint(64)],
  3: ["validUntil", uint(64)],
  4: ["origins", list(string)],
  5: ["root", bytes],
  6: ["statement", bytes],
  7: ["issuers", list(tuple({ code: string, name: texts(string) }))],
  8: ["keys", list(tuple({
    issuer: string, thumbprint: bytes, point: bytes, signFrom: uint(64),
    signUntil: nullable(uint(64)), verifyUntil: nullable(uint(64)), compromisedAt: nullable(uint(64)),
  }))],
  9: ["signers", list(tuple({ chain: bytes, compromisedAt: nullable(uint(64)) })), true],
}));

/**
 * openTrustList reads a list and checks it down from the pinned root (the 65
 * bytes of its public key): root, statement, publisher, list. Without a root it
 * takes the one that the list names for itself: show the person
 * `rootThumbprint`, to be compared. now is seconds since 1970.
 *
 * It throws "trust.malformed", "trust.newer", "trust.root", "trust.signature",
 * "trust.publisher" and "trust.rolled_back", and "clock.invalid" for a now that is
 * no time. A list that is genuine but does not
 * hold now is returned, with "trust.clock" or "trust.expired" as `refusal`:
 * decide knows what to make of it.
 */
export async function openTrustList(input, { root, seen, now } = {}) {
  clock(now);
  const message = trustList.parse(input);
  const w = trustList.decode(message);
  if (root ? !equal(root, w.root) : !isPoint(w.root)) throw trustList.fail("root");
  const publishers = await openPublishers(w.statement, w.root);
  const key = await signer(publishers, message, trustList);
  mayIssue(publishers, key, instant(w.issuedAt), trustList);
  const l = await checked(w);
  l.publishers = publishers;
  l.rootThumbprint = await thumbprint(w.root);
  const known = remember(seen, null, null);
  if (l.number < known.list || publishers.number < known.statement) throw trustList.fail("rolled_back");
  l.refusal = current(l, known, now);
  return l;
}

/** rootOf is the root that a list names for itself, without believing it. */
export function rootOf(input) {
  const w = trustList.decode(trustList.parse(input));
  if (!isPoint(w.root)) throw wrong("the root key is no point of P-256");
  return w.root;
}

function current(l, seen, now) {
  const newest = remember(seen, l, null);
  if (clockBehind(newest, now)) return trustList.fail("clock", "", [newest.newest]);
  if (!inDate(l, now)) return trustList.fail("expired", "", [l.validUntil]);
  return null;
}

/** inDate reports whether a list or a bundle has not reached its end. */
export const inDate = (signed, now) => now < signed.validUntil;

// checked refuses what no signature can put right.
async function checked(w) {
  const l = {
    number: w.number, issuedAt: instant(w.issuedAt), validUntil: instant(w.validUntil),
    origins: w.origins, root: w.root, issuers: new Map(), keys: new Map(), signers: [],
  };
  if (!isPoint(w.root)) throw wrong("the root key is no point of P-256");
  if (w.number === 0 || w.issuedAt === 0 || l.issuedAt >= l.validUntil || l.validUntil - l.issuedAt > life) {
    throw wrong("no number, or a life that is not 1 second to 30 days");
  }
  if (!w.origins.every(plainOrigin)) throw wrong("an origin that no QR code can have");
  addIssuers(l, w.issuers);
  for (const k of w.keys) await addKey(l, k);
  addSigners(l, w.signers);
  return l;
}

function addIssuers(l, issuers) {
  for (const i of issuers) {
    if (i.code === "" || l.issuers.has(i.code)) throw wrong("an issuer without a code, or twice");
    l.issuers.set(i.code, { code: i.code, name: i.name });
  }
}

async function addKey(l, k) {
  if (!l.issuers.has(k.issuer)) throw wrong("a key of no issuer");
  if (!isPoint(k.point)) throw wrong("a key is no point of P-256");
  const full = await thumbprint(k.point);
  if (!equal(full, k.thumbprint)) throw wrong("a key has another thumbprint");
  const kid = hex(full.subarray(0, 4));
  if (l.keys.has(kid)) throw wrong("two keys with one kid");
  l.keys.set(kid, {
    issuer: l.issuers.get(k.issuer), point: k.point, signFrom: instant(k.signFrom), signUntil: optional(k.signUntil),
    verifyUntil: optional(k.verifyUntil), compromisedAt: optional(k.compromisedAt),
  });
}

function addSigners(l, signers) {
  for (const s of signers) {
    if (s.chain.length !== 32) throw wrong("a signer's chain has not 32 bytes");
    if (l.signers.some((o) => equal(o.chain, s.chain))) throw wrong("a signer stands twice");
    l.signers.push({ chain: s.chain, compromisedAt: optional(s.compromisedAt) });
  }
}

// plainOrigin reports whether a QR code's link can begin with the origin, so
// that comparing texts is comparing hosts.
function plainOrigin(origin) {
  try {
    return parseScan(origin + "/v/0000000000000000").origin === origin;
  } catch {
    return false;
  }
}

const wrong = (what) => trustList.fail("malformed", what);
