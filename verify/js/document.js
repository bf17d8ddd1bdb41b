// Signed documents: the publishers' statement, the trust list, the bundle. Each
// has its own external data, so that one is never taken for another.
import { utf8 } from "./bytes.js";
import { Newer, read } from "./cbor.js";
import { parse, signedBy } from "./cose.js";
import { Refusal } from "./refusal.js";

/** clockSkew is how many seconds a device's clock may be behind a signed time. */
export const clockSkew = 300;

/** document describes one kind: the area of its refusals, its external data, its limits. */
export const document = (area, external, limits, shape) => ({
  fail: (what, detail, args) => new Refusal(`${area}.${what}`, detail, args),
  parse: (bytes) => guard(area, () => parse(bytes, limits.bytes)),
  decode: (message) => guard(area, () => read(message.payload, shape, limits)),
  async verify(message, point) {
    if (!(await signedBy(message, point, utf8(external)))) throw new Refusal(`${area}.signature`);
  },
});

// guard turns a decoder's error into a refusal.
function guard(area, work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(area + (error instanceof Newer ? ".newer" : ".malformed"), error.message);
  }
}
