// The Node peers of `passmuster bench issue`: the same page as the registry's own,
// drawn by @cantoo/pdf-lib with fontkit and qrcode, signed by @signpdf.
//
// It is given a spec, one line of JSON on standard input, and then commands, one
// to a line, and answers each with one line of JSON:
//
//   round N  makes N files: {"documents":N,"cpu_us":…,"unsigned_cpu_us":…,"bytes":…}
//   file I   makes the I-th file: {"pdf":"base64"}
//
// How the page is drawn is its argument: `calls`, by the library's own calls
// (calls.mjs), or `operators`, by hand (operators.mjs). All else is the same: fonts
// are parsed once for all files. The spec has broken the text into lines and chosen
// their sizes; each line is measured once, to be centred in its place. The signer
// knows RSA only, so it has an RSA-2048 key of its own; the time before signing is
// told beside the whole.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import forge from 'node-forge';
import { AFRelationship, PDFDocument, PDFName, PDFNumber } from '@cantoo/pdf-lib';
import * as fontkit from 'fontkit';
import { plainAddPlaceholder } from '@signpdf/placeholder-plain';
import { P12Signer } from '@signpdf/signer-p12';
import signpdfModule from '@signpdf/signpdf';
import { Calls } from './calls.mjs';
import { Operators } from './operators.mjs';

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

const ways = { calls: Calls, operators: Operators };

class Peer {
  constructor(spec, Way) {
    this.spec = spec;
    this.fonts = spec.fonts.map((f) => readFileSync(f.path));
    this.kit = parseOnce(this.fonts);
    this.p12 = makeP12();
    this.way = new Way(spec);
    this.next = 0;
  }

  // unsigned is the whole file but for the signature.
  async unsigned(d) {
    const doc = await PDFDocument.create();
    doc.registerFontkit(this.kit);
    const page = doc.addPage([841.89, 595.28]);
    const ops = [...this.spec.art[d.art], ...d.ops];
    this.way.draw(page, ops, d.qr, await this.embed(doc, ops));
    this.describe(doc, d);
    await doc.attach(Buffer.from(d.attached.data), d.attached.name, {
      mimeType: d.attached.mime, creationDate: new Date(d.at * 1000), modificationDate: new Date(d.at * 1000), afRelationship: AFRelationship.Source,
    });
    return Buffer.from(await doc.save({ useObjectStreams: false }));
  }

  // embed loads the fonts that the page needs, and no other.
  async embed(doc, ops) {
    const fonts = new Map();
    for (const o of ops) {
      if (o.path || fonts.has(o.font)) continue;
      fonts.set(o.font, await doc.embedFont(this.fonts[o.font], { subset: true, features: { liga: false } }));
    }
    return fonts;
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

const Way = ways[process.argv[2]];
if (!Way) throw new Error(`usage: node peer.mjs ${Object.keys(ways).join('|')}`);
let peer = null;
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const [command, n] = line.split(' ', 2);
  if (peer === null) {
    peer = new Peer(JSON.parse(line), Way);
    answer({
      name: peer.way.name, signs: 'RSA-2048',
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
