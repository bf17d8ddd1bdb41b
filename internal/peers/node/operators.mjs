// The expert's way to draw a page: its operators are written by hand, and those of
// the paths are made once for all files.
import {
  PDFOperator,
  appendBezierCurve, beginText, closePath, endText, fill, lineTo, moveTo, popGraphicsState, pushGraphicsState,
  rectangle, setCharacterSpacing, setFillingRgbColor, setFontAndSize, setLineCap, setLineJoin, setLineWidth,
  setStrokingRgbColor, setTextMatrix, setTextRenderingMode, showText,
} from '@cantoo/pdf-lib';
import { darkRuns, freeSpace } from './place.mjs';

const rgb = (c) => c.map((v) => v / 255);

// pathOperators draws one path.
function pathOperators(o) {
  const list = [pushGraphicsState()];
  if (o.round) list.push(setLineCap(1), setLineJoin(1));
  if (o.fill) list.push(setFillingRgbColor(...rgb(o.fill)));
  if (o.stroke) list.push(setStrokingRgbColor(...rgb(o.stroke)), setLineWidth(o.line));
  for (const { op, p } of o.path) {
    if (op === 'm') list.push(moveTo(...p));
    else if (op === 'l') list.push(lineTo(...p));
    else if (op === 'c') list.push(appendBezierCurve(...p));
    else if (op === 're') list.push(rectangle(...p));
    else list.push(closePath());
  }
  const paint = o.fill ? (o.stroke ? 'B' : 'f') + (o.even_odd ? '*' : '') : 'S';
  list.push(PDFOperator.of(paint), popGraphicsState());
  return list;
}

// textOperators draws one run; key is the font's name on the page.
function textOperators(o, font, key) {
  const list = [pushGraphicsState(), beginText(), setFillingRgbColor(...rgb(o.fill))];
  if (o.stroke) list.push(setStrokingRgbColor(...rgb(o.stroke)), setLineWidth(o.line), setTextRenderingMode(2));
  if (o.track) list.push(setCharacterSpacing(o.track));
  const free = freeSpace(o, font);
  const [a, b, c, d, x, y] = o.matrix;
  list.push(setFontAndSize(key, o.size), setTextMatrix(a, b, c, d, x + free * a, y + free * b), showText(font.encodeText(o.text)), endText(), popGraphicsState());
  return list;
}

// codeOperators paints each row's dark runs as rectangles, as the registry does.
function codeOperators(code) {
  const list = [pushGraphicsState(), setFillingRgbColor(0, 0, 0)];
  for (const r of darkRuns(code)) list.push(rectangle(r.x, r.y, r.width, r.height));
  list.push(fill(), popGraphicsState());
  return list;
}

export class Operators {
  name = '@cantoo/pdf-lib by operators';

  constructor(spec) {
    this.paths = new Map(Object.values(spec.art).flat().filter((o) => o.path).map((o) => [o, pathOperators(o)]));
  }

  // draw puts the page's operators into it at once.
  draw(page, ops, code, fonts) {
    const keys = new Map();
    for (const [n, font] of fonts) keys.set(n, page.node.newFontDictionary(font.name, font.ref));
    const operators = [];
    for (const o of ops) {
      if (o.path) operators.push(...(this.paths.get(o) ?? pathOperators(o)));
      else operators.push(...textOperators(o, fonts.get(o.font), keys.get(o.font)));
    }
    page.pushOperators(...operators, ...codeOperators(code));
  }
}
