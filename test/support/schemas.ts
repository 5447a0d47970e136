// Checks values against the project's JSON Schemas (2020-12), as a reader of our files would.

import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

type Schema = 'eve' | 'result' | 'policy-diff' | 'watch-config' | 'notice'

const compiled = new Map<Schema, ValidateFunction>()

/** The complaints of one of the schemas about a value, as `path message`; empty when it fits. */
export function complaints(schema: Schema, value: unknown): string[] {
  const validate = compiled.get(schema) ?? compile(schema)
  validate(value)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

function compile(schema: Schema): ValidateFunction {
  const file = new URL(`../../schemas/${schema}.schema.json`, import.meta.url)
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
  const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')))
  compiled.set(schema, validate)
  return validate
}
