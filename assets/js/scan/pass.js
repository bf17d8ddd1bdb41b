// The form in which the trust list and a bundle go from phone to phone, as a
// file or as a sequence of QR codes (docs/scanner.md). What arrives passes the
// same checks as what comes from the network, so the form itself proves nothing.
Scan.pass = (() => {
  const magic = [0x50, 0x4d, 0x54, 0x31]; // "PMT1"
  const mark = "PMT1:", piece = 600, most = 0xffff;
  const largest = 66 << 20; // bytes of a list and a bundle at their limits
  const base45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

  const bad = (detail) => Object.assign(new Error(detail), { code: "scan.transfer", args: [] });

  const u32 = (n) => [n >>> 24, n >>> 16 & 255, n >>> 8 & 255, n & 255];
  const number = (b, at) => (b[at] * 0x1000000) + (b[at + 1] << 16 | b[at + 2] << 8 | b[at + 3]);

  function joined(...parts) {
    const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const p of parts) {
      out.set(p, at);
      at += p.length;
    }
    return out;
  }

  // through runs bytes through a stream and stops at a limit: a small file can
  // unpack to one that fills a phone.
  async function through(bytes, transform) {
    const reader = new Blob([bytes]).stream().pipeThrough(transform).getReader(), parts = [];
    for (let size = 0; ;) {
      const { done, value } = await reader.read();
      if (done) return joined(...parts);
      if ((size += value.length) > largest) {
        await reader.cancel();
        throw bad("too large");
      }
      parts.push(value);
    }
  }

  // pack makes the file: magic, a byte that says whether it is compressed, then
  // the list and the bundle, each with its length; a length of 0 for none.
  async function pack(list, bundle) {
    const none = new Uint8Array(0), body = joined(u32(list?.length ?? 0), list ?? none, u32(bundle?.length ?? 0), bundle ?? none);
    if ("CompressionStream" in window) {
      try {
        const packed = await through(body, new CompressionStream("deflate-raw"));
        if (packed.length < body.length) return joined(magic, [1], packed);
      } catch { /* a browser that knows other forms only: not compressed */ }
    }
    return joined(magic, [0], body);
  }

  async function unpack(file) {
    if (file.length < 13 || !magic.every((b, i) => file[i] === b) || file[4] > 1) throw bad("no transfer");
    if (file[4] === 1 && !("DecompressionStream" in window)) throw Object.assign(new Error(), { code: "scan.old_browser", args: [] });
    let body = file.subarray(5);
    if (file[4] === 1) {
      try {
        body = await through(body, new DecompressionStream("deflate-raw"));
      } catch (error) {
        throw error.code === "scan.transfer" ? error : bad("damaged");
      }
    }
    const lists = number(body, 0), at = 4 + lists;
    if (at + 4 > body.length || at + 4 + number(body, at) !== body.length) throw bad("lengths");
    const part = (from, length) => length ? body.slice(from, from + length) : null;
    return { list: part(4, lists), bundle: part(at + 4, number(body, at)) };
  }

  // encode45 writes bytes as RFC 9285 does: letters of a QR code's dense mode.
  function encode45(bytes) {
    let out = "";
    for (let i = 0; i < bytes.length; i += 2) {
      let n = i + 1 < bytes.length ? bytes[i] * 256 + bytes[i + 1] : bytes[i];
      for (let k = i + 1 < bytes.length ? 3 : 2; k > 0; k--, n = Math.floor(n / 45)) out += base45[n % 45];
    }
    return out;
  }

  function decode45(text) {
    const out = [];
    for (let i = 0; i < text.length; i += 3) {
      const digits = [...text.slice(i, i + 3)].map((c) => base45.indexOf(c));
      const n = digits.reduceRight((sum, d) => sum * 45 + d, 0);
      if (digits.length === 1 || digits.includes(-1) || n > (digits.length === 3 ? 0xffff : 0xff)) throw bad("letters");
      if (digits.length === 3) out.push(n >> 8, n & 255);
      else out.push(n);
    }
    return Uint8Array.from(out);
  }

  const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);
  const hashOf = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

  // frames cuts a file into the texts of QR codes. Each begins with the transfer's
  // id (4 bytes of the hash), its own number and how many there are.
  async function frames(file) {
    const hash = await hashOf(file), all = joined(hash, file), count = Math.ceil(all.length / piece);
    if (count > most) return null;
    const head = (i) => [...hash.subarray(0, 4), i >> 8, i & 255, count >> 8, count & 255];
    return { count, text: (i) => mark + encode45(joined(head(i), all.subarray(i * piece, (i + 1) * piece))) };
  }

  const isFrame = (text) => text.startsWith(mark);

  function frame(text) {
    const b = decode45(text.slice(mark.length));
    if (b.length < 9) throw bad("short frame");
    const index = b[4] << 8 | b[5], count = b[6] << 8 | b[7], data = b.subarray(8);
    if (index >= count || data.length > piece || index < count - 1 && data.length !== piece) throw bad("frame");
    return { id: [...b.subarray(0, 4)].map((x) => x.toString(16).padStart(2, "0")).join(""), index, count, data };
  }

  // whole puts the pieces together once all are there.
  async function whole(pieces) {
    const all = joined(...pieces), file = all.subarray(32), hash = await hashOf(file);
    if (!same(hash, all.subarray(0, 32))) throw bad("another hash");
    return file;
  }

  return { pack, unpack, frames, isFrame, frame, whole, same, encode45, decode45, piece };
})();
