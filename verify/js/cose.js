// The one profile of COSE_Sign1 (RFC 9052 §4.2) that the registry writes: tag
// 18, ES256, algorithm and a key id of 4 bytes in the protected header, nothing
// in the unprotected one.
import { concat, hex, utf8 } from "./bytes.js";
import { Malformed, Newer, bytes, head, int, read, struct, tuple } from "./cbor.js";
import { inRange, verify } from "./p256.js";

const tagSign1 = 0xd2;
const es256 = -7;
const most = (1n << 63n) - 1n;

const header = struct({ 1: ["alg", int(-most - 1n, most)], 4: ["kid", bytes] });
const envelope = tuple({ protected: bytes, unprotected: struct({}), payload: bytes, signature: bytes });

/**
 * parse reads a message of at most size bytes: { kid (hex), payload, signature,
 * protected }. That it parses says nothing about who wrote it.
 */
export function parse(message, size) {
  if (message.length > size) throw new Malformed("too long");
  if (message[0] !== tagSign1) throw new Malformed("no COSE_Sign1 tag");
  const e = read(message.subarray(1), envelope, { bytes: size });
  const h = read(e.protected, header, { bytes: 256 });
  if (h.alg !== es256 || h.kid.length !== 4) throw new Newer("not ES256 with a key id of 4 bytes");
  if (!inRange(e.signature)) throw new Malformed("a signature out of range");
  return { kid: hex(h.kid), payload: e.payload, signature: e.signature, protected: e.protected };
}

/** signedBy checks the signature by a point over message and external data. */
export function signedBy(message, point, external) {
  const part = (b) => concat(head(2, b.length), b);
  const name = utf8("Signature1");
  const structure = concat(head(4, 4), head(3, name.length), name,
    part(message.protected), part(external), part(message.payload)); // RFC 9052 §4.4
  return verify(point, message.signature, structure);
}
