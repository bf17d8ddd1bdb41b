// Reads the trust list and the bundle of docs/vectors/trust.json with nothing
// but JavaScript and WebCrypto, as a scanner in a browser does:
// node verify.mjs docs/vectors/trust.json
import { readFileSync } from "node:fs";

const { subtle } = globalThis.crypto;
const utf8 = new TextEncoder();
const hex = (b) => Buffer.from(b).toString("hex");
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// decode reads one canonical CBOR item: numbers, strings, arrays, maps, null.
function decode(bytes) {
  let i = 0;
  const item = (depth) => {
    const first = bytes[i++], major = first >> 5;
    if (first === 0xf6) return null;
    if (major >= 4 && depth > 4) throw new Error("depth");
    let n = first & 31;
    if (n >= 24) {
      if (n > 27) throw new Error("length");
      const size = 1 << (n - 24), least = [24, 2 ** 8, 2 ** 16, 2 ** 32][n - 24];
      n = 0;
      for (let k = 0; k < size; k++) n = n * 256 + bytes[i++];
      if (n < least) throw new Error("long head");
    }
    switch (major) {
      case 0: return n;
      case 1: return -1 - n;
      case 2: case 3: {
        if (i + n > bytes.length) throw new Error("end");
        const s = bytes.subarray(i, (i += n));
        return major === 2 ? s : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(s);
      }
      case 4: return Array.from({ length: n }, () => item(depth + 1));
      case 5: return Object.fromEntries(Array.from({ length: n }, () => [item(depth + 1), item(depth + 1)]));
    }
    throw new Error("type");
  };
  const value = item(1);
  if (i !== bytes.length) throw new Error("trailing bytes");
  return value;
}

function bstr(b) {
  const n = b.length;
  const head = n < 24 ? [0x40 + n] : n < 2 ** 8 ? [0x58, n] : n < 2 ** 16 ? [0x59, n >> 8, n & 255] : [0x5a, n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];
  return Buffer.concat([Buffer.from(head), b]);
}

// open reads a COSE_Sign1 and checks it by one of the keys (points by kid).
async function open(message, keys, external) {
  if (message[0] !== 0xd2) throw new Error("tag");
  const [rawHeader, unprotected, payload, signature] = decode(message.subarray(1));
  const header = decode(rawHeader);
  if (header[1] !== -7 || !same(unprotected, {}) || Object.keys(header).length !== 2) throw new Error("header");
  const point = keys[hex(header[4])];
  if (!point) throw new Error("unknown key");
  const key = await subtle.importKey("raw", point, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const toBeSigned = Buffer.concat([Buffer.from([0x84, 0x6a]), utf8.encode("Signature1"), bstr(rawHeader), bstr(utf8.encode(external)), bstr(payload)]);
  if (!(await subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, toBeSigned))) throw new Error("signature");
  return decode(payload);
}

const sha256 = async (b) => new Uint8Array(await subtle.digest("SHA-256", b));

async function kid(point) {
  const u = (b) => Buffer.from(b).toString("base64url");
  const jwk = `{"crv":"P-256","kty":"EC","x":"${u(point.subarray(1, 33))}","y":"${u(point.subarray(33))}"}`;
  return hex((await sha256(utf8.encode(jwk))).subarray(0, 4));
}

const P = 20;

// places reads the filter once into its sorted numbers (below 2^53).
function places(count, data) {
  const out = new Float64Array(count);
  let at = 0, last = 0;
  const bit = () => (data[at >> 3] >> (7 - (at++ & 7))) & 1;
  for (let k = 0; k < count; k++) {
    let d = 0;
    while (bit()) d++;
    for (let b = 0; b < P; b++) d = d * 2 + bit();
    out[k] = last += d;
  }
  return out;
}

// holds finds a key of 8 bytes: the upper half of key × (count × 2^20).
function holds(filter, key) {
  const place = Number((BigInt("0x" + hex(key)) * (BigInt(filter.length) << BigInt(P))) >> 64n);
  let lo = 0, hi = filter.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (filter[mid] < place) lo = mid + 1; else hi = mid;
  }
  return filter[lo] === place;
}

let faults = 0;
const check = (what, got, want) => { if (!same(got, want)) { faults++; console.log(what, got, want); } };
const time = (s) => new Date(s * 1000).toISOString().replace(".000", "");
const sorted = (o) => Object.fromEntries(Object.entries(o).sort(([a], [b]) => (a < b ? -1 : 1)));

const v = JSON.parse(readFileSync(process.argv[2], "utf8"));
const root = Buffer.from(v.root, "hex");
const statement = await open(Buffer.from(v.publishers, "hex"), { [await kid(root)]: root }, "passmuster publishers v1");
const publishers = {};
for (const [point] of statement[3]) publishers[await kid(point)] = point;

const list = await open(Buffer.from(v.list, "hex"), publishers, "passmuster trust list v1");
check("root", hex(list[5]), v.root);
check("statement", hex(list[6]), v.publishers);
check("list", [list[1], time(list[2]), time(list[3]), list[4]], [v.says.list_number, v.says.list_issued_at, v.says.list_valid_until, v.says.origins]);
check("issuers", list[7].map(([code, name]) => [code, sorted(name)]), Object.entries(v.says.issuers).map(([code, name]) => [code, sorted(name)]));
for (const [issuer, thumbprint, point] of list[8]) {
  check("kid", await kid(point), hex(thumbprint.subarray(0, 4)));
  check("key of its issuer", v.says.issuer_keys[issuer].includes(await kid(point)), true);
}
check("signers of a list without", list[9], undefined);
const named = await open(Buffer.from(v.list_with_signers.bytes, "hex"), publishers, "passmuster trust list v1");
check("signers", named[9].map(([chain, at]) => [hex(chain), at === null ? undefined : time(at)]), v.list_with_signers.says.map((s) => [s.chain, s.compromised_at]));

const bundle = await open(Buffer.from(v.bundle, "hex"), publishers, "passmuster bundle v1");
check("bundle", [bundle[1], time(bundle[2]), time(bundle[3]), time(bundle[4]), bundle[7]],
  [v.says.bundle_number, v.says.bundle_issued_at, v.says.bundle_valid_until, v.says.bundle_as_of, v.says.count]);
check("courses", sorted(bundle[11].CPR1), sorted(v.says.courses.CPR1));
const filter = places(bundle[7], bundle[8]);
const states = [, "revoked", "suspended", "superseded"];
for (const x of v.lookups) {
  const key = (await sha256(utf8.encode(x.code))).subarray(0, 8);
  check("key of " + x.code, hex(key), x.key);
  const e = bundle[9].find(([k]) => hex(k) === x.key);
  check("standing of " + x.code, e ? "excepted" : holds(filter, key) ? "in_filter" : "absent", x.standing);
  if (e) check("state of " + x.code, [states[e[1]], new Date(e[2] * 864e5).toISOString().slice(0, 10), e[3]], [x.status, x.on, x.reason ?? ""]);
}
for (const x of v.vouched) {
  const key = (await sha256(Buffer.concat([utf8.encode(x.code), Buffer.from(x.payload, "hex")]))).subarray(0, 8);
  check("record under " + x.code, holds(filter, key), x.vouched);
}
console.log(`list ${list[1]}, bundle ${bundle[1]}, ${v.lookups.length} look-ups, ${faults} faults`);
process.exit(faults ? 1 : 0);
