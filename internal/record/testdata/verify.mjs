// Reads docs/vectors/qr.json with nothing but JavaScript and WebCrypto, as a
// scanner in a browser does: node verify.mjs docs/vectors/qr.json
import { readFileSync } from "node:fs";

const { subtle } = globalThis.crypto;
const hex = (b) => Buffer.from(b).toString("hex");
const vectors = JSON.parse(readFileSync(process.argv[2], "utf8"));

// fromDigits turns the decimal number of a fragment into bytes.
function fromDigits(digits) {
  if (!/^[1-9][0-9]{0,9864}$/.test(digits)) throw new Error("digits");
  let h = BigInt(digits).toString(16);
  if (h.length % 2) h = "0" + h;
  return Uint8Array.from(h.match(/../g), (x) => parseInt(x, 16));
}

// Reader reads the one canonical form: shortest heads, definite lengths, no
// tags, no floats, and of the simple values null alone.
class Reader {
  constructor(bytes) { this.b = bytes; this.i = 0; }
  byte() { if (this.i >= this.b.length) throw new Error("end"); return this.b[this.i++]; }
  head(major) {
    const first = this.byte(), low = first & 31;
    if (first >> 5 !== major) throw new Error("type");
    if (low < 24) return low;
    if (low > 26) throw new Error("length");
    let n = 0;
    const size = 1 << (low - 24);
    for (let k = 0; k < size; k++) n = n * 256 + this.byte();
    if (n < [24, 256, 65536][low - 24]) throw new Error("long head");
    return n;
  }
  string(major) {
    const n = this.head(major), s = this.b.slice(this.i, this.i + n);
    if (s.length !== n) throw new Error("end");
    this.i += n;
    return s;
  }
  bytes() { return this.string(2); }
  text() { return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.string(3)); }
  int() { return this.b[this.i] >> 5 === 1 ? -1 - this.head(1) : this.head(0); }
  uint(max) { const n = this.head(0); if (n > max) throw new Error("range"); return n; }
  nullOr(f) { if (this.b[this.i] !== 0xf6) return f(); this.i++; return null; }
  end() { if (this.i !== this.b.length) throw new Error("trailing bytes"); }
}

const kinds = [, "competence", "attendance", "instructor", "honour"];
const day = (n) => new Date(n * 864e5).toISOString().slice(0, 10);
const instant = (n, offset) => new Date(n * 864e5 - offset * 6e4).toISOString().replace(".000", "");

function parse(bytes) {
  if (bytes.length > 1024 || bytes[0] !== 0xd2) throw new Error("tag");
  const r = new Reader(bytes.slice(1));
  if (r.head(4) !== 4) throw new Error("array");
  const rawHeader = r.bytes();
  if (r.head(5) !== 0) throw new Error("unprotected");
  const payload = r.bytes(), signature = r.bytes();
  r.end();
  if (signature.length !== 64) throw new Error("signature");
  const h = new Reader(rawHeader);
  if (h.head(5) !== 2 || h.int() !== 1 || h.int() !== -7 || h.int() !== 4) throw new Error("header");
  const kid = h.bytes();
  h.end();
  if (kid.length !== 4) throw new Error("kid");
  return { rawHeader, kid: hex(kid), payload, signature, claims: claims(payload) };
}

function claims(payload) {
  const r = new Reader(payload);
  if (r.head(5) !== 2 || r.int() !== 1) throw new Error("claims");
  const issuer = r.text();
  if (r.int() !== -65537 || r.head(4) !== 13) throw new Error("claims");
  const name = r.text(), last4 = r.text(), kind = kinds[r.uint(4)], course = r.text(), version = r.uint(65535), base = r.text();
  const issued = r.uint(65535), from = r.uint(65535), until = r.nullOr(() => r.uint(65535)), offset = r.int();
  const minutes = r.uint(65535), practical = r.uint(65535), flags = r.uint(3);
  r.end();
  return {
    issuer, name, id_last4: last4, kind, course, course_version: version, base,
    issued_on: day(issued), valid_from: day(from), valid_until: until === null ? "" : day(until), utc_offset: offset,
    starts_at: instant(from, offset), expires_at: until === null ? "" : instant(until + 1, offset),
    minutes, practical_minutes: practical, practical_assessed: (flags & 1) !== 0, demo: (flags & 2) !== 0,
  };
}

const bstr = (b) => Buffer.concat([
  b.length < 24 ? Buffer.from([0x40 + b.length]) : b.length < 256 ? Buffer.from([0x58, b.length]) : Buffer.from([0x59, b.length >> 8, b.length & 255]), b]);

async function verify(m, jwk, code) {
  const { kty, crv, x, y } = jwk;
  const key = await subtle.importKey("jwk", { kty, crv, x, y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const toBeSigned = Buffer.concat([Buffer.from([0x84, 0x6a]), Buffer.from("Signature1"), bstr(m.rawHeader), bstr(Buffer.from(code)), bstr(m.payload)]);
  return subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, m.signature, toBeSigned);
}

let faults = 0;
const fault = (...words) => { faults++; console.log(...words); };
const keys = Object.fromEntries(vectors.keys.map((k) => [k.name, k]));
for (const v of vectors.records) {
  const [link, digits] = v.url.split("#");
  const bytes = fromDigits(digits), m = parse(bytes);
  if (hex(bytes) !== v.record || link.slice(-16) !== v.code) fault(v.name, "bytes or code differ");
  if (JSON.stringify(m.claims) !== JSON.stringify(v.claims)) fault(v.name, "claims differ", m.claims);
  if (m.kid !== keys[v.key].kid) fault(v.name, "kid differs");
  if (!(await verify(m, keys[v.key].jwk, v.code))) fault(v.name, "signature refused");
}
for (const v of vectors.refused) {
  let good = false;
  try {
    good = await verify(parse(Buffer.from(v.record, "hex")), keys[v.key].jwk, v.code);
  } catch { /* refused */ }
  if (good) fault(v.name, "accepted");
}
console.log(`${vectors.records.length} records, ${vectors.refused.length} refused, ${faults} faults`);
process.exit(faults ? 1 : 0);
