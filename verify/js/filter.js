// The filter of a bundle: which codes were ever given out, as a Golomb-Rice
// coded set (docs/trust.md). Read once into sorted numbers, 8 bytes each.

const riceBits = 20;
const maxEntries = 1 << 24;
const unit = 1 << riceBits;

/** readFilter returns the count places in order, or null for what is no filter. */
export function readFilter(count, data) {
  if (count > maxEntries || count * (riceBits + 1) > data.length * 8) return null;
  const places = new Float64Array(count);
  const end = data.length * 8;
  const most = count * unit;
  let at = 0; // bits read
  let last = 0;
  for (let k = 0; k < count; k++) {
    let ones = 0;
    for (;;) {
      if (at >= end || ones > count) return null;
      const bit = (data[at >> 3] >> (7 - (at & 7))) & 1;
      at++;
      if (!bit) break;
      ones++;
    }
    if (at + riceBits > end) return null;
    // The low 20 bits lie in at most four bytes.
    const from = at >> 3;
    const word = (data[from] << 24) | (data[from + 1] << 16) | (data[from + 2] << 8) | data[from + 3];
    const low = (word >>> (32 - riceBits - (at & 7))) & (unit - 1);
    at += riceBits;
    last += ones * unit + low;
    if (last >= most) return null;
    places[k] = last;
  }
  return rest(data, at) ? places : null;
}

// rest reports whether only the zero bits of the last byte are left.
function rest(data, at) {
  if ((at + 7) >> 3 !== data.length) return false;
  return (at & 7) === 0 || (data[at >> 3] & (255 >> (at & 7))) === 0;
}

/** holds reports whether a key of 8 bytes is in the places. */
export function holds(places, key) {
  const place = placeOf(key, places.length);
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle] < place) low = middle + 1;
    else high = middle;
  }
  return places[low] === place;
}

// placeOf is the upper 64 bits of key × (count × 2^20).
function placeOf(key, count) {
  let number = 0n;
  for (const b of key) number = (number << 8n) | BigInt(b);
  return Number((number * (BigInt(count) << BigInt(riceBits))) >> 64n);
}
