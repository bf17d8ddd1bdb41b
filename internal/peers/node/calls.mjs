// The natural way to draw a page: the library's own calls, for every file anew.
// Paths are SVG path strings, as drawSvgPath takes them, written once.
import { FillRule, LineCapStyle, TextRenderingMode, degrees, rgb } from '@cantoo/pdf-lib';
import { darkRuns, freeSpace } from './place.mjs';

const colour = (c) => c && rgb(c[0] / 255, c[1] / 255, c[2] / 255);
const black = rgb(0, 0, 0);

// svgPath writes a path as SVG does, whose y goes down from the page's origin.
function svgPath(path) {
  const point = (p) => p.map((v, i) => (i % 2 ? -v : v)).join(' ');
  return path.map(({ op, p }) => {
    if (op === 'h') return 'Z';
    if (op !== 're') return op.toUpperCase() + point(p);
    const [x, y, w, h] = p;
    return `M${point([x, y])}L${point([x + w, y])}L${point([x + w, y + h])}L${point([x, y + h])}Z`;
  }).join('');
}

// drawPath draws one path. The library has no word for the joins of lines.
function drawPath(page, o, path) {
  page.drawSvgPath(path, {
    x: 0, y: 0, color: colour(o.fill), fillRule: o.even_odd ? FillRule.EvenOdd : undefined,
    borderColor: colour(o.stroke), borderWidth: o.line, borderLineCap: o.round ? LineCapStyle.Round : undefined,
  });
}

// drawText draws one run, turned as its matrix says.
function drawText(page, o, font) {
  const free = freeSpace(o, font);
  const [a, b, , , x, y] = o.matrix;
  page.drawText(o.text, {
    x: x + free * a, y: y + free * b, rotate: degrees(Math.atan2(b, a) * 180 / Math.PI), size: o.size, font, color: colour(o.fill), characterSpacing: o.track,
    strokeColor: colour(o.stroke), strokeWidth: o.line, renderMode: o.stroke ? TextRenderingMode.FillAndOutline : undefined,
  });
}

export class Calls {
  name = '@cantoo/pdf-lib+fontkit+@signpdf';

  constructor(spec) {
    const all = [...Object.values(spec.art), ...spec.documents.map((d) => d.ops)].flat();
    this.paths = new Map(all.filter((o) => o.path).map((o) => [o, svgPath(o.path)]));
  }

  draw(page, ops, code, fonts) {
    for (const o of ops) {
      if (o.path) drawPath(page, o, this.paths.get(o));
      else drawText(page, o, fonts.get(o.font));
    }
    for (const run of darkRuns(code)) page.drawRectangle({ ...run, color: black });
  }
}
