// Checks values against the project's JSON Schemas (2020-12), as a reader of our files would.

import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'

/** The complaints of one of the schemas about a value, as `path message`; empty when it fits. */
export function complaints(schema: 'eve' | 'result', value: unknown): string[] {
  const file = new URL(`../../schemas/${schema}.schema.json`, import.meta.url)
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(file, 'utf8')),
  )
  validate(value)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
