// Which hosts a QR code may name. Whether one is ours is the trust list's to say.

/** splitPort cuts an optional port off; null for a port that is none. */
export function splitPort(host) {
  const at = host.lastIndexOf(":");
  if (at < 0 || host.endsWith("]")) return { name: host, port: "" };
  const port = host.slice(at + 1);
  return /^[1-9][0-9]{0,4}$/.test(port) ? { name: host.slice(0, at), port } : null;
}

/**
 * validHost takes a DNS name in ASCII or an address in brackets, all lower case.
 * A name in Punycode (xn--) stays as it is, so that nobody reads it as the one
 * it imitates.
 */
export function validHost(name) {
  if (name.startsWith("[")) return name.endsWith("]") && address6(name.slice(1, -1)) !== null;
  return name.length <= 253 && name.split(".").every((l) => /^[a-z0-9-]{1,63}$/.test(l) && !l.startsWith("-") && !l.endsWith("-"));
}

/** local reports whether the name is this machine or one of its network. */
export function local(name) {
  if (name === "localhost" || name.endsWith(".localhost") || name.endsWith(".local")) return true;
  const four = address4(name);
  if (four) return near4(four);
  const six = name.startsWith("[") ? address6(name.slice(1, -1)) : null;
  if (!six) return false;
  if (six.slice(0, 5).every((w) => w === 0) && six[5] === 0xffff) {
    return near4([six[6] >> 8, six[6] & 255, six[7] >> 8, six[7] & 255]);
  }
  const loopback = six.slice(0, 7).every((w) => w === 0) && six[7] === 1;
  return loopback || (six[0] & 0xfe00) === 0xfc00 || (six[0] & 0xffc0) === 0xfe80;
}

function near4([a, b]) {
  return a === 127 || a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254);
}

// address4 reads four decimal numbers without leading zeros, else null.
function address4(text) {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((p) => /^(0|[1-9][0-9]{0,2})$/.test(p) && Number(p) < 256)) return null;
  return parts.map(Number);
}

// address6 reads the eight words of an IPv6 address (RFC 4291 §2.2), else null.
function address6(text) {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const sides = halves.map((h) => (h === "" ? [] : words(h)));
  if (sides.some((s) => s === null)) return null;
  if (halves.length === 1) return sides[0].length === 8 ? sides[0] : null;
  if (halves[0].includes(".")) return null; // an IPv4 part stands at the end alone
  const gap = 8 - sides[0].length - sides[1].length;
  return gap < 1 ? null : [...sides[0], ...Array(gap).fill(0), ...sides[1]];
}

function words(text) {
  const out = [];
  const parts = text.split(":");
  for (let i = 0; i < parts.length; i++) {
    const four = i === parts.length - 1 ? address4(parts[i]) : null;
    if (four) {
      out.push(four[0] * 256 + four[1], four[2] * 256 + four[3]);
    } else if (/^[0-9a-f]{1,4}$/.test(parts[i])) {
      out.push(parseInt(parts[i], 16));
    } else {
      return null;
    }
  }
  return out.length <= 8 ? out : null;
}
