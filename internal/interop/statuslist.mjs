// Validates badges against their status lists (Bitstring Status List v1.0 §3.2)
// with jose, zlib and WebCrypto; nothing is read but what is given.
// in:  {"at": ISO time, "documents": {URL: {media type: text}}, "tokens": [VC-JWT]}
// out: [{"revocation": bit, "suspension": bit, "entries": n} | {"error": "…"}]
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { createHash, createPublicKey, ECDH, verify } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { json } from 'node:stream/consumers'

const { at, documents, tokens } = await json(process.stdin)
const now = new Date(at)

function get(url, media) {
  const text = documents[url]?.[media]
  if (text === undefined) throw new Error(`no ${media} at ${url}`)
  return text
}
const demand = (ok, what) => { if (!ok) throw new Error(what) }

// A token holds if its key is an assertion method of its issuer.
async function verified(token, typ) {
  const { kid } = decodeProtectedHeader(token)
  const jwk = JSON.parse(get(kid, 'application/jwk+json'))
  const { payload } = await jwtVerify(token, await importJWK(jwk, 'ES256'), { algorithms: ['ES256'], typ, currentDate: now })
  const issuer = payload.issuer.id ?? payload.issuer
  demand(payload.iss === issuer, 'iss is not the issuer')
  const controlled = JSON.parse(get(issuer, 'application/cid'))
  const method = controlled.verificationMethod.find((m) => m.id === kid)
  demand(controlled.id === issuer && method?.controller === issuer && controlled.assertionMethod.includes(kid), 'the key is not for assertions of the issuer')
  demand(method.publicKeyJwk.x === jwk.x && method.publicKeyJwk.y === jwk.y, 'two keys under one kid')
  return { payload, issuer }
}

// RFC 8785 for what stands in status lists: text, whole numbers, no odd names.
function canonical(v) {
  if (Array.isArray(v)) return `[${v.map(canonical).join(',')}]`
  if (v !== null && typeof v === 'object') return `{${Object.keys(v).sort().map((k) => `${JSON.stringify(k)}:${canonical(v[k])}`).join(',')}}`
  return JSON.stringify(v)
}
const sha256 = (text) => createHash('sha256').update(text).digest()

function base58(text) {
  let n = 0n
  for (const c of text) n = n * 58n + BigInt('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'.indexOf(c))
  const hex = n.toString(16)
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
}

// The cryptosuite ecdsa-jcs-2019 (Data Integrity ECDSA Cryptosuites v1.0 §3.3).
function proven(text) {
  const { proof, ...document } = JSON.parse(text)
  const { proofValue, ...options } = proof
  demand(options.cryptosuite === 'ecdsa-jcs-2019' && options.proofPurpose === 'assertionMethod', 'another proof')
  const controlled = JSON.parse(get(document.issuer, 'application/cid'))
  const method = controlled.verificationMethod.find((m) => m.id === options.verificationMethod)
  demand(method?.type === 'Multikey' && controlled.assertionMethod.includes(method.id), 'the method is not for assertions of the issuer')
  const multikey = base58(method.publicKeyMultibase.slice(1))
  demand(multikey[0] === 0x80 && multikey[1] === 0x24, 'no P-256 key')
  const point = ECDH.convertKey(multikey.subarray(2), 'prime256v1', undefined, undefined, 'uncompressed')
  const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') } })
  const signature = base58(proofValue.slice(1))
  const padded = Buffer.concat([Buffer.alloc(64 - signature.length), signature])
  const data = Buffer.concat([sha256(canonical(options)), sha256(canonical(document))])
  demand(verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, padded), 'the proof does not hold')
  return document
}

function bit(list, purpose, entry) {
  demand(list.type.includes('BitstringStatusListCredential'), 'no status list')
  demand(new Date(list.validFrom) <= now && now < new Date(list.validUntil), 'out of date')
  const subject = list.credentialSubject
  demand(subject.type === 'BitstringStatusList' && subject.statusPurpose === purpose, 'another purpose')
  demand(subject.encodedList[0] === 'u', 'not base64url')
  const bits = gunzipSync(Buffer.from(subject.encodedList.slice(1), 'base64url'))
  demand(bits.length * 8 >= 131072, 'STATUS_LIST_LENGTH_ERROR')
  const index = Number(entry.statusListIndex)
  demand(index < bits.length * 8, 'RANGE_ERROR')
  return { bit: (bits[index >> 3] >> (7 - (index & 7))) & 1, entries: bits.length * 8 }
}

const answers = []
for (const token of tokens) {
  try {
    const { payload, issuer } = await verified(token, 'JWT')
    const entry = payload.credentialStatus
    demand(entry.type === 'BitstringStatusListEntry' && entry.statusPurpose === 'revocation', 'another kind of status')
    const answer = {}
    for (const [purpose, url] of [['revocation', entry.statusListCredential], ['suspension', `${entry.statusListCredential}-suspension`]]) {
      const seen = []
      for (const [media, typ] of [['application/jwt', 'JWT'], ['application/vc+jwt', 'vc+jwt']]) {
        const list = await verified(get(url, media), typ)
        demand(list.issuer === issuer && list.payload.id === url, 'a list of another issuer')
        seen.push(bit(list.payload, purpose, entry))
      }
      const list = proven(get(url, 'application/vc'))
      demand(list.issuer === issuer && list.id === url, 'a list of another issuer')
      seen.push(bit(list, purpose, entry))
      demand(seen.every((s) => s.bit === seen[0].bit), 'the forms disagree')
      answer[purpose] = seen[0].bit
      answer.entries = seen[0].entries
    }
    answers.push(answer)
  } catch (err) {
    answers.push({ error: `${err.code ?? ''} ${err.message}`.trim() })
  }
}
console.log(JSON.stringify(answers))
