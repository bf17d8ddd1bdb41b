// Validates documents against a JSON schema (draft 2019-09).
// in:  {"schema": path, "documents": [{}]}
// out: [["/path message", …], …], one list of faults a document
import Ajv from 'ajv/dist/2019.js'
import formats from 'ajv-formats'
import { readFileSync } from 'node:fs'
import { json } from 'node:stream/consumers'

const { schema, documents } = await json(process.stdin)
const ajv = new Ajv({ allErrors: true, strict: false })
formats(ajv)
const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')))
const answers = documents.map((d) => (validate(d) ? [] : validate.errors.map((e) => `${e.instancePath} ${e.message}`)))
console.log(JSON.stringify(answers))
