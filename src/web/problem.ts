// What the API says where it cannot do as asked: problem details, RFC 9457. Written for people: what is wrong, and
// what would be right. Nothing of the inside is told, and no character of what was sent acts on whoever reads it.

import { STATUS_CODES } from 'node:http'
import type { ZodError } from 'zod'
import { Unavailable } from '../model/desk.ts'
import { UsageError } from '../model/errors.ts'
import { inertJson, visible } from '../model/text.ts'

const PROBLEMS_MAX = 20
const TEXT_MAX = 2000

export const PROBLEM_TYPE = 'application/problem+json'

/** An answer other than the one asked for. */
export class Refusal extends Error {
  readonly status: number
  /** What would be right. */
  readonly right: string
  /** Beside those that every answer has. */
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    detail: string,
    right: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail)
    this.name = 'Refusal'
    this.status = status
    this.right = right
    this.headers = headers
  }
}

/** The body of a problem, as text. */
export const problemText = ({ status, message, right }: Refusal): string =>
  inertJson(
    JSON.stringify({
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail: shown(message),
      right: shown(right),
    }),
  )

/** What an error means to whoever asked; null where it is a fault of mpwatch, which is not told in detail. */
export function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error
  if (error instanceof UsageError)
    return new Refusal(422, error.message, 'Nothing was changed; ask again otherwise.')
  if (error instanceof Unavailable)
    return new Refusal(503, error.message, 'Nothing was changed; ask again later.')
  return ofBody(error)
}

/** What is wrong with the members of a request, each with its place. */
export function invalid(error: ZodError): Refusal {
  const told = error.issues
    .slice(0, PROBLEMS_MAX)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
  const more = error.issues.length - told.length
  return new Refusal(
    400,
    [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'),
    'Send the members that are named in the documentation, and no others.',
  )
}

// Of express.json: http-errors with a `type`.
const BODY_FAULTS: Readonly<
  Record<string, readonly [status: number, detail: string, right: string]>
> = {
  'entity.too.large': [413, 'The body is too large.', 'Send at most 64 KiB.'],
  'entity.parse.failed': [400, 'The body is no JSON.', 'Send one JSON object.'],
  'encoding.unsupported': [415, 'The body is compressed.', 'Send it as it is.'],
  'charset.unsupported': [415, 'The body is in another charset.', 'Send UTF-8.'],
  'request.aborted': [400, 'The body ended early.', 'Send as many bytes as Content-Length says.'],
  'request.size.invalid': [400, 'The body has another length.', 'Send what Content-Length says.'],
}

function ofBody(error: unknown): Refusal | null {
  if (!(error instanceof Error)) return null
  if (error instanceof URIError)
    return new Refusal(400, 'The path is malformed.', 'See /api/v1/status.')
  if (!('type' in error) || typeof error.type !== 'string') return null
  const known = Object.hasOwn(BODY_FAULTS, error.type) ? BODY_FAULTS[error.type] : undefined
  return known === undefined ? null : new Refusal(...known)
}

const shown = (text: string): string => text.slice(0, TEXT_MAX).split('\n').map(visible).join('\n')
