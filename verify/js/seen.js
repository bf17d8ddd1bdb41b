// What a verifier remembers, so that nobody can make it forget: the highest
// numbers and the newest signed time that it has verified.
import { max } from "./bytes.js";
import { clockSkew } from "./document.js";

/** unseen is the memory of a device that has seen nothing. */
export const unseen = () => ({ statement: 0, list: 0, bundle: {}, newest: 0 });

/** lineOf names the line of bundles that have their numbers together. */
export const lineOf = (kind, event) => `${kind}:${event}`;

/**
 * remember returns the memory with what was verified now; list and bundle may be
 * null. Numbers above 2^53 are BigInt, so keep it in a store that knows them.
 */
export function remember(seen, list, bundle) {
  const before = { ...unseen(), ...seen };
  const out = { ...before, bundle: { ...before.bundle } };
  if (list) {
    out.statement = max(out.statement, list.publishers.number);
    out.list = max(out.list, list.number);
    out.newest = max(out.newest, list.issuedAt);
  }
  if (bundle) {
    const line = lineOf(bundle.kind, bundle.event);
    out.bundle[line] = max(out.bundle[line] || 0, bundle.number);
    out.newest = max(out.newest, bundle.issuedAt);
  }
  return out;
}

/** clockBehind reports whether now is before a time that somebody has signed. */
export const clockBehind = (seen, now) => now < seen.newest - clockSkew;
