// Draws QR codes (ISO/IEC 18004) of alphanumeric text, level L, for passing data
// from screen to camera.
Scan.qr = (() => {
  const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  const largest = 25;
  // By version, level L: error correction words of a block, and blocks.
  const words = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26];
  const blocks = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12];

  const alignments = (v) => v < 2 ? 0 : Math.floor(v / 7) + 2;

  // room is how many bits of data and correction a version holds.
  function room(v) {
    const n = alignments(v);
    let bits = (16 * v + 128) * v + 64;
    if (v >= 2) bits -= (25 * n - 10) * n - 55;
    return v >= 7 ? bits - 36 : bits;
  }

  const dataWords = (v) => Math.floor(room(v) / 8) - words[v - 1] * blocks[v - 1];
  const countBits = (v) => v < 10 ? 9 : 11;
  const needed = (length, v) => 4 + countBits(v) + Math.floor(length / 2) * 11 + length % 2 * 6;

  // encoded is the text as the data words of the version.
  function encoded(text, v) {
    const bits = [], put = (value, n) => { for (let i = n - 1; i >= 0; i--) bits.push(value >> i & 1); };
    const at = (i) => {
      const n = letters.indexOf(text[i]);
      if (n < 0) throw new Error("not alphanumeric");
      return n;
    };
    put(2, 4);
    put(text.length, countBits(v));
    for (let i = 0; i + 1 < text.length; i += 2) put(at(i) * 45 + at(i + 1), 11);
    if (text.length % 2) put(at(text.length - 1), 6);
    const all = dataWords(v) * 8;
    put(0, Math.min(4, all - bits.length));
    while (bits.length % 8) bits.push(0);
    for (let pad = 0xec; bits.length < all; pad ^= 0xfd) put(pad, 8);
    return Uint8Array.from({ length: all / 8 }, (_, i) => bits.slice(i * 8, i * 8 + 8).reduce((n, b) => n * 2 + b, 0));
  }

  // times multiplies in GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1.
  function times(a, b) {
    let z = 0;
    for (let i = 7; i >= 0; i--) {
      z = (z << 1) ^ ((z >> 7) * 0x11d);
      z ^= (b >> i & 1) * a;
    }
    return z;
  }

  function divisor(degree) {
    const out = new Uint8Array(degree);
    out[degree - 1] = 1;
    for (let i = 0, root = 1; i < degree; i++, root = times(root, 2)) {
      for (let j = 0; j < degree; j++) out[j] = times(out[j], root) ^ (out[j + 1] ?? 0);
    }
    return out;
  }

  function remainder(data, by) {
    const out = new Uint8Array(by.length);
    for (const b of data) {
      const factor = b ^ out[0];
      out.copyWithin(0, 1);
      out[out.length - 1] = 0;
      by.forEach((c, i) => { out[i] ^= times(c, factor); });
    }
    return out;
  }

  // woven puts blocks and their corrections in the order of the symbol.
  function woven(data, v) {
    const n = blocks[v - 1], raw = Math.floor(room(v) / 8), short = n - raw % n, size = Math.floor(raw / n) - words[v - 1], by = divisor(words[v - 1]);
    const parts = [], ends = [];
    for (let i = 0, k = 0; i < n; i++) {
      const length = size + (i < short ? 0 : 1);
      parts.push(data.subarray(k, k += length));
      ends.push(remainder(parts[i], by));
    }
    const out = [];
    for (let i = 0; i <= size; i++) for (const p of parts) if (i < p.length) out.push(p[i]);
    for (let i = 0; i < words[v - 1]; i++) for (const e of ends) out.push(e[i]);
    return out;
  }

  function places(v) {
    const n = alignments(v), size = v * 4 + 17;
    if (!n) return [];
    const step = Math.floor((v * 4 + n * 2 + 1) / (n * 2 - 2)) * 2, out = [6];
    for (let at = size - 7; out.length < n; at -= step) out.splice(1, 0, at);
    return out;
  }

  const masks = [
    (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3,
    (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2, (x, y) => x * y % 2 + x * y % 3, (x, y) => (x * y % 2 + x * y % 3) % 2, (x, y) => ((x + y) % 2 + x * y % 3) % 2,
  ];

  // symbol is the finished matrix: { size, dark(x, y) }.
  function symbol(text) {
    let v = 1;
    while (v <= largest && needed(text.length, v) > dataWords(v) * 8) v++;
    if (v > largest) throw new Error("too long");
    const size = v * 4 + 17, grid = new Uint8Array(size * size), fixed = new Uint8Array(size * size);
    const set = (x, y, dark) => { grid[y * size + x] = dark ? 1 : 0; fixed[y * size + x] = 1; };
    frame(v, size, set);
    format(0, size, set);
    fill(woven(encoded(text, v), v), size, grid, fixed);
    const mask = flip(size, grid, fixed);
    format(mask, size, set);
    return { size, dark: (x, y) => grid[y * size + x] === 1 };
  }

  // frame draws what is the same in every symbol of the version.
  function frame(v, size, set) {
    for (let i = 0; i < size; i++) {
      set(6, i, i % 2 === 0);
      set(i, 6, i % 2 === 0);
    }
    for (const [cx, cy] of [[3, 3], [size - 4, 3], [3, size - 4]]) {
      for (let dy = -4; dy <= 4; dy++) for (let dx = -4; dx <= 4; dx++) {
        const far = Math.max(Math.abs(dx), Math.abs(dy)), x = cx + dx, y = cy + dy;
        if (x >= 0 && x < size && y >= 0 && y < size) set(x, y, far !== 2 && far !== 4);
      }
    }
    const at = places(v), end = at.length - 1;
    at.forEach((cx, i) => at.forEach((cy, j) => {
      if (!i && !j || !i && j === end || i === end && !j) return;
      for (let dy = -2; dy <= 2; dy++) for (let dx = -2; dx <= 2; dx++) set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
    }));
    if (v < 7) return;
    let rest = v;
    for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
    const bits = v << 12 | rest;
    for (let i = 0; i < 18; i++) {
      const a = size - 11 + i % 3, b = Math.floor(i / 3);
      set(a, b, bits >> i & 1);
      set(b, a, bits >> i & 1);
    }
  }

  function format(mask, size, set) {
    const data = 1 << 3 | mask; // 1 is level L
    let rest = data;
    for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
    const bits = (data << 10 | rest) ^ 0x5412, bit = (i) => bits >> i & 1;
    for (let i = 0; i <= 5; i++) set(8, i, bit(i));
    set(8, 7, bit(6));
    set(8, 8, bit(7));
    set(7, 8, bit(8));
    for (let i = 9; i < 15; i++) set(14 - i, 8, bit(i));
    for (let i = 0; i < 8; i++) set(size - 1 - i, 8, bit(i));
    for (let i = 8; i < 15; i++) set(8, size - 15 + i, bit(i));
    set(8, size - 8, 1);
  }

  // fill lays the bits two columns at a time, up and down, from the right.
  function fill(data, size, grid, fixed) {
    let i = 0;
    for (let right = size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      for (let n = 0; n < size; n++) for (let j = 0; j < 2; j++) {
        const x = right - j, up = (right + 1 & 2) === 0, y = up ? size - 1 - n : n;
        if (fixed[y * size + x] || i >= data.length * 8) continue;
        grid[y * size + x] = data[i >> 3] >> (7 - (i & 7)) & 1;
        i++;
      }
    }
  }

  // flip applies the mask that leaves the fewest dark or light clumps.
  function flip(size, grid, fixed) {
    const apply = (m) => { for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if (!fixed[y * size + x] && masks[m](x, y) === 0) grid[y * size + x] ^= 1; };
    let best = 0, least = Infinity;
    for (let m = 0; m < masks.length; m++) {
      apply(m);
      const n = clumps(size, grid);
      if (n < least) [best, least] = [m, n];
      apply(m);
    }
    apply(best);
    return best;
  }

  // clumps counts runs of five and squares of two, which cameras confuse.
  function clumps(size, grid) {
    let n = 0;
    for (let y = 0; y < size; y++) {
      let row = 0, column = 0;
      for (let x = 1; x < size; x++) {
        row = grid[y * size + x] === grid[y * size + x - 1] ? row + 1 : 0;
        column = grid[x * size + y] === grid[(x - 1) * size + y] ? column + 1 : 0;
        if (row >= 4) n += row === 4 ? 3 : 1;
        if (column >= 4) n += column === 4 ? 3 : 1;
        if (y && grid[y * size + x] === grid[y * size + x - 1] && grid[y * size + x] === grid[(y - 1) * size + x] && grid[y * size + x] === grid[(y - 1) * size + x - 1]) n += 3;
      }
    }
    return n;
  }

  // draw paints a text on a canvas with its quiet zone, whole pixels a module.
  function draw(canvas, text, width) {
    const s = symbol(text), quiet = 4, module = Math.max(1, Math.floor(width / (s.size + 2 * quiet))), side = module * (s.size + 2 * quiet);
    canvas.width = canvas.height = side;
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, side, side);
    pen.fillStyle = "#000";
    for (let y = 0; y < s.size; y++) for (let x = 0; x < s.size; x++) if (s.dark(x, y)) pen.fillRect((x + quiet) * module, (y + quiet) * module, module, module);
  }

  return { symbol, draw };
})();
