// What both ways of drawing work out alike: where texts and modules go.
import QRCode from 'qrcode';

// freeSpace is what is left at each side of a run that is centred in its width.
export function freeSpace(o, font) {
  const measured = font.widthOfTextAtSize(o.text, o.size) + (o.track ?? 0) * ([...o.text].length - 1);
  return ((o.width ?? measured) - measured) / 2;
}

// darkRuns are the rectangles of a code: each row's runs of dark modules.
export function darkRuns({ text, x, y, side }) {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' });
  const n = modules.size;
  const unit = side / n;
  const list = [];
  for (let row = 0; row < n; row++) {
    for (let from = 0; from < n; from++) {
      let to = from;
      while (to < n && modules.get(row, to)) to++;
      if (to === from) continue;
      list.push({ x: x + from * unit, y: y + side - (row + 1) * unit, width: (to - from) * unit, height: unit });
      from = to;
    }
  }
  return list;
}
