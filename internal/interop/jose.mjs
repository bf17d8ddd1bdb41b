// Verifies tokens with jose against a served JWKS document.
// in:  {"jwks": URL, "at": ISO time, "issuer": URL, "tokens": [JWT], "typ": "JWT" unless given}
// out: [{"ok": true, "header": {}, "payload": {}} | {"ok": false, "code": "ERR_…"}]
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { json } from 'node:stream/consumers'

const { jwks, at, issuer, tokens, typ = 'JWT' } = await json(process.stdin)
const keys = createRemoteJWKSet(new URL(jwks))
const options = { algorithms: ['ES256'], typ, issuer, currentDate: new Date(at) }
const answers = []
for (const token of tokens) {
  try {
    const { protectedHeader: header, payload } = await jwtVerify(token, keys, options)
    answers.push({ ok: true, header, payload })
  } catch (err) {
    answers.push({ ok: false, code: err.code })
  }
}
console.log(JSON.stringify(answers))
