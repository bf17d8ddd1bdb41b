// The root key out of the file that a registry publishes: of an X.509
// certificate (RFC 5280 §4.1) or a public key (RFC 5480) in PEM (RFC 7468).
import { equal } from "./bytes.js";
import { isPoint } from "./p256.js";
import { Refusal } from "./refusal.js";

const SEQUENCE = 0x30, INTEGER = 0x02, BITS = 0x03, VERSION = 0xa0;
// id-ecPublicKey with prime256v1 (RFC 5480 §2.1.1), as DER.
const p256 = Uint8Array.of(0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7);
const longest = 1 << 16;

/**
 * parseRoot reads the root key of a registry, /pki/root.pem: the first
 * certificate or public key in a text in PEM. It returns the key as openTrustList
 * takes it, 65 bytes (SEC 1 §2.3.3, uncompressed), and throws "trust.root" for
 * anything else, a key of another curve included. No signature, no date and no
 * name in the certificate is looked at: whose root it is, no program can tell.
 * Compare its thumbprint with the one that the registry has published.
 */
export function parseRoot(pem) {
  const { label, der } = unwrap(pem);
  const whole = only(der, SEQUENCE);
  return pointOf(label === "CERTIFICATE" ? keyOf(whole) : whole);
}

function unwrap(pem) {
  if (typeof pem !== "string" || pem.length > longest) throw wrong("no text, or too long");
  const found = /-----BEGIN (CERTIFICATE|PUBLIC KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----/.exec(pem);
  if (!found) throw wrong("no certificate and no public key in PEM");
  try {
    return { label: found[1], der: Uint8Array.from(atob(found[2].replace(/\s/g, "")), (c) => c.charCodeAt(0)) };
  } catch {
    throw wrong("no base64");
  }
}

// keyOf finds the SubjectPublicKeyInfo among the fields of a certificate.
function keyOf(certificate) {
  let rest = next(certificate, SEQUENCE).body;
  if (rest[0] === VERSION) rest = next(rest, VERSION).rest;
  for (const tag of [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE]) rest = next(rest, tag).rest; // serial, algorithm, issuer, validity, subject
  return next(rest, SEQUENCE).body;
}

// pointOf reads a SubjectPublicKeyInfo without its outermost header.
function pointOf(info) {
  const algorithm = next(info, SEQUENCE);
  if (!equal(algorithm.body, p256)) throw wrong("no key of P-256");
  const bits = only(algorithm.rest, BITS);
  const point = bits.slice(1);
  if (bits[0] !== 0 || !isPoint(point)) throw wrong("no uncompressed point of P-256");
  return point;
}

// next takes one value in DER (X.690 §8.1, §10.1) off the front of bytes.
function next(bytes, tag) {
  if (bytes.length < 2 || bytes[0] !== tag) throw wrong("another structure");
  let length = bytes[1], at = 2;
  if (length > 0x7f) {
    at += length - 0x80;
    if (length === 0x80 || at > 4 || at > bytes.length) throw wrong("a length that is none");
    length = bytes.subarray(2, at).reduce((sum, b) => sum * 256 + b, 0);
    if (length < (at === 3 ? 0x80 : 0x100)) throw wrong("a length that is not the shortest");
  }
  if (at + length > bytes.length) throw wrong("cut off");
  return { body: bytes.subarray(at, at + length), rest: bytes.subarray(at + length) };
}

// only is next for a value that nothing may follow.
function only(bytes, tag) {
  const { body, rest } = next(bytes, tag);
  if (rest.length > 0) throw wrong("something behind the end");
  return body;
}

const wrong = (what) => new Refusal("trust.root", what);
