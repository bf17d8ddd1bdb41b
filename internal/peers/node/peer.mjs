// The Node peer of `passmuster bench issue`: the same page as the registry's own,
// drawn by @cantoo/pdf-lib with fontkit and qrcode, signed by @signpdf.
//
// It is given a spec, one line of JSON on standard input, and then commands, one
// to a line, and answers each with one line of JSON:
//
//   round N  makes N files: {"documents":N,"cpu_us":…,"unsigned_cpu_us":…,"bytes":…}
//   file I   makes the I-th file: {"pdf":"base64"}
//
// Fonts are parsed, and the constant paths made, once for all files. The spec has
// broken the text into lines and chosen their sizes; each line is measured once, to
// be centred in its place. The signer knows RSA only, so it has an
// RSA-2048 key of its own; the time before signing is told beside the whole.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import forge from 'node-forge';
import {
  AFRelationship, PDFDocument, PDFName, PDFNumber, PDFOperator,
  appendBezierCurve, beginText, closePath, endText, fill, lineTo, moveTo, popGraphicsState, pushGraphicsState,
  rectangle, setCharacterSpacing, setFillingRgbColor, setFontAndSize, setLineCap, setLineJoin, setLineWidth,
  setStrokingRgbColor, setTextMatrix, setTextRenderingMode, showText,
} from '@cantoo/pdf-lib';
import * as fontkit from 'fontkit';
import { plainAddPlaceholder } from '@signpdf/placeholder-plain';
import { P12Signer } from '@signpdf/signer-p12';
import signpdfModule from '@signpdf/signpdf';
import QRCode from 'qrcode';

const signpdf = signpdfModule.default ?? signpdfModule;
const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;
const passphrase = 'bench';

// makeP12 is a throw-away RSA key with its certificate. The signer opens it anew for
// each file and cannot keep it, so it is sealed with one round only.
function makeP12() {
  const { privateKey: pem } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs1', format: 'pem' } });
  const key = forge.pki.privateKeyFromPem(pem);
  const cert = forge.pki.createCertificate();
  cert.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
  cert.serialNumber = '01';
  cert.validity.notBefore = new Date('2026-01-01T00:00:00Z');
  cert.validity.notAfter = new Date('2046-01-01T00:00:00Z');
  const name = [{ name: 'commonName', value: 'DEMO registry' }];
  cert.setSubject(name);
  cert.setIssuer(name);
  cert.setExtensions([{ name: 'keyUsage', digitalSignature: true, nonRepudiation: true }]);
  cert.sign(key, forge.md.sha256.create());
  const asn1 = forge.pkcs12.toPkcs12Asn1(key, [cert], passphrase, { algorithm: '3des', count: 1 });
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');
}

// parseOnce hands every document the same parsed font.
function parseOnce(fonts) {
  const parsed = new Map(fonts.map((bytes) => [bytes, fontkit.create(bytes)]));
  return { create: (bytes) => parsed.get(bytes) ?? fontkit.create(bytes) };
}

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
  const measured = font.widthOfTextAtSize(o.text, o.size) + (o.track ?? 0) * ([...o.text].length - 1);
  const free = ((o.width ?? measured) - measured) / 2;
  const [a, b, c, d, x, y] = o.matrix;
  list.push(setFontAndSize(key, o.size), setTextMatrix(a, b, c, d, x + free * a, y + free * b), showText(font.encodeText(o.text)), endText(), popGraphicsState());
  return list;
}

// codeOperators paints each row's dark runs as rectangles, as the registry does.
function codeOperators({ text, x, y, side }) {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' });
  const n = modules.size;
  const unit = side / n;
  const list = [pushGraphicsState(), setFillingRgbColor(0, 0, 0)];
  for (let row = 0; row < n; row++) {
    for (let from = 0; from < n; from++) {
      let to = from;
      while (to < n && modules.get(row, to)) to++;
      if (to === from) continue;
      list.push(rectangle(x + from * unit, y + side - (row + 1) * unit, (to - from) * unit, unit));
      from = to;
    }
  }
  list.push(fill(), popGraphicsState());
  return list;
}

class Peer {
  constructor(spec) {
    this.spec = spec;
    this.fonts = spec.fonts.map((f) => readFileSync(f.path));
    this.kit = parseOnce(this.fonts);
    this.p12 = makeP12();
    this.paths = new Map(Object.values(spec.art).flat().filter((o) => o.path).map((o) => [o, pathOperators(o)]));
    this.next = 0;
  }

  // unsigned is the whole file but for the signature.
  async unsigned(d) {
    const doc = await PDFDocument.create();
    doc.registerFontkit(this.kit);
    const page = doc.addPage([841.89, 595.28]);
    const used = new Map(); // only the fonts that this page needs
    const operators = [];
    for (const o of [...this.spec.art[d.art], ...d.ops]) {
      if (o.path) {
        operators.push(...(this.paths.get(o) ?? pathOperators(o)));
        continue;
      }
      if (!used.has(o.font)) {
        const font = await doc.embedFont(this.fonts[o.font], { subset: true, features: { liga: false } });
        used.set(o.font, { font, key: page.node.newFontDictionary(font.name, font.ref) });
      }
      const { font, key } = used.get(o.font);
      operators.push(...textOperators(o, font, key));
    }
    page.pushOperators(...operators, ...codeOperators(d.qr));
    this.describe(doc, d);
    await doc.attach(Buffer.from(d.attached.data), d.attached.name, {
      mimeType: d.attached.mime, creationDate: new Date(d.at * 1000), modificationDate: new Date(d.at * 1000), afRelationship: AFRelationship.Source,
    });
    return Buffer.from(await doc.save({ useObjectStreams: false }));
  }

  describe(doc, d) {
    const at = new Date(d.at * 1000);
    doc.setTitle(d.title);
    doc.setAuthor(d.author);
    doc.setKeywords([d.keywords]);
    doc.setCreationDate(at);
    doc.setModificationDate(at);
    const xmp = Buffer.from(d.xmp);
    const stream = doc.context.stream(xmp, { Type: 'Metadata', Subtype: 'XML', Length: PDFNumber.of(xmp.length) });
    doc.catalog.set(PDFName.of('Metadata'), doc.context.register(stream));
  }

  async sign(file, at) {
    const room = plainAddPlaceholder({
      pdfBuffer: file, reason: 'Issue', contactInfo: '', name: 'Registry', location: '', subFilter: 'ETSI.CAdES.detached', signingTime: new Date(at * 1000),
    });
    return signpdf.sign(room, new P12Signer(this.p12, { passphrase }));
  }

  async file(i) {
    const d = this.spec.documents[i % this.spec.documents.length];
    return this.sign(await this.unsigned(d), d.at);
  }

  async round(n) {
    let bytes = 0;
    let unsigned = 0;
    const start = process.cpuUsage();
    for (let i = 0; i < n; i++) {
      const d = this.spec.documents[this.next++ % this.spec.documents.length];
      const before = process.cpuUsage();
      const file = await this.unsigned(d);
      unsigned += total(process.cpuUsage(before));
      bytes += (await this.sign(file, d.at)).length;
    }
    return { documents: n, cpu_us: total(process.cpuUsage(start)), unsigned_cpu_us: unsigned, bytes };
  }
}

const total = ({ user, system }) => user + system;
const answer = (v) => process.stdout.write(JSON.stringify(v) + '\n');

let peer = null;
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const [command, n] = line.split(' ', 2);
  if (peer === null) {
    peer = new Peer(JSON.parse(line));
    answer({
      name: '@cantoo/pdf-lib+fontkit+@signpdf', signs: 'RSA-2048',
      with: `node ${process.versions.node}, pdf-lib ${version('@cantoo/pdf-lib')}, fontkit ${version('fontkit')}, signpdf ${version('@signpdf/signpdf')}`,
    });
  } else if (command === 'round') {
    answer(await peer.round(Number(n)));
  } else if (command === 'file') {
    answer({ pdf: (await peer.file(Number(n))).toString('base64') });
  } else {
    throw new Error(`unknown command ${command}`);
  }
}
