// Points of P-256, and the names of keys.
import { base64url, equal, hex, sha256, subtle, utf8 } from "./bytes.js";

const p = BigInt("0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
const b = BigInt("0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");
const n = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

const number = (bytes) => BigInt("0x" + (hex(bytes) || "0"));

/**
 * isPoint reports whether 65 bytes are an uncompressed point on the curve (SEC 1
 * §2.3.4). Not every WebCrypto says so when it imports one.
 */
export function isPoint(point) {
  if (point.length !== 65 || point[0] !== 4) return false;
  const x = number(point.subarray(1, 33));
  const y = number(point.subarray(33));
  return x < p && y < p && (y * y - (x * x * x - 3n * x + b)) % p === 0n;
}

/** inRange reports whether r and s of a signature of 64 bytes are both in 1..n-1. */
export function inRange(signature) {
  if (signature.length !== 64) return false;
  return [signature.subarray(0, 32), signature.subarray(32)].every((half) => {
    const v = number(half);
    return v > 0n && v < n;
  });
}

/** thumbprint is the RFC 7638 thumbprint of a point: 32 bytes. */
export async function thumbprint(point) {
  const x = base64url(point.subarray(1, 33));
  const y = base64url(point.subarray(33));
  return sha256(utf8(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`));
}

/** samePoint compares two keys. */
export const samePoint = (a, c) => equal(a, c);

/** verify checks an ECDSA signature (r, s) with SHA-256 by a point. */
export async function verify(point, signature, message) {
  if (!isPoint(point) || !inRange(signature)) return false;
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const key = await subtle().importKey("raw", point, algorithm, false, ["verify"]);
  return subtle().verify(algorithm, key, signature, message);
}
