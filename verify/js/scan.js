// The text of a certificate's QR code: https://HOST/v/CODE#DIGITS (docs/qr.md).
import { Refusal } from "./refusal.js";
import { codeOf } from "./code.js";
import { fromDigits } from "./digits.js";
import { local, splitPort, validHost } from "./host.js";

const space = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;

/**
 * parseScan reads what a scanner returned: { origin, code, record, refusal }.
 * record is null for the link alone. A damaged record is an empty byte string
 * with refusal "record.digits": origin and code are right, so the certificate
 * can still be looked up; otherwise refusal is null. It throws "record.scan" for
 * what is no link to a certificate, "record.scan_http" for an unprotected link to
 * a public host, and "code.mistyped" for a wrong code.
 */
export function parseScan(input) {
  const text = String(input).replace(space, "");
  if (text.length > 8192) throw notALink("too long");
  const [link, digits] = cut(text, "#");
  const [scheme, rest] = cut(link, "://");
  if (rest === null) throw notALink("no scheme");
  const [host, path] = cut(rest, "/");
  const origin = originOf(scheme.toLowerCase(), host.toLowerCase());
  const code = pathCode(path === null ? "" : path);
  if (digits === null) return { origin, code, record: null, refusal: null };
  try {
    return { origin, code, record: fromDigits(digits), refusal: null };
  } catch (refusal) {
    return { origin, code, record: new Uint8Array(0), refusal };
  }
}

// cut splits at the first separator; the second part is null where there is none.
function cut(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + separator.length)];
}

function pathCode(path) {
  const [v, code] = cut(path, "/");
  if (code === null || v.toLowerCase() !== "v") throw notALink("another path");
  if (/[^!-~]|[/?%&\\]/.test(code)) throw notALink("another path");
  return codeOf(code);
}

function originOf(scheme, host) {
  if (scheme !== "https" && scheme !== "http") throw notALink("another scheme");
  const parts = splitPort(host);
  if (!parts || !validHost(parts.name)) throw notALink("no plain host name");
  if (scheme === "http" && !local(parts.name)) throw new Refusal("record.scan_http", parts.name, [parts.name]);
  const usual = scheme === "https" ? "443" : "80";
  return scheme + "://" + (parts.port === usual ? parts.name : host);
}

const notALink = (why) => new Refusal("record.scan", why);
