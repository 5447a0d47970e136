// The URL of a webhook. Who knows it may post, as often as not: it may stand in a file or in the environment, is read for
// each notice then, so that a new one is taken up without a restart, and nothing of it but its origin is shown.

import { isIP } from 'node:net'
import { basename } from 'node:path'
import { bareHost } from '../model/address.ts'
import type { RouteTarget } from '../model/watch-config.ts'
import { reasonOf } from './faults.ts'
import type { Grounds } from './grounds.ts'
import { DeliveryError } from './transport.ts'

type WebhookTarget = Extract<RouteTarget, { kind: 'webhook' }>

/** Shorter parts of a path are words, such as `hook`, and hiding them would spoil what a receiver says. */
const SECRET_CHARACTERS_MIN = 8

/** Where a webhook goes, as it may be shown: its origin, or the name of what its URL stands in. */
export function whereOf({ url }: WebhookTarget): string {
  if (typeof url === 'string') return new URL(url).origin
  return `webhook in ${url.from === 'file' ? basename(url.path) : url.name}`
}

/** @throws DeliveryError which says what would be right, and nothing of what was read. */
export async function urlOf({ url, allowPrivate }: WebhookTarget, grounds: Grounds): Promise<URL> {
  if (typeof url === 'string') return new URL(url)
  const text = await grounds.readSecret(url).catch((error: unknown) => {
    throw new DeliveryError(`the URL of the webhook cannot be read: ${reasonOf(error)}`)
  })
  return checked(text, allowPrivate)
}

/** What a receiver may say back, and nobody is to see: path and query, and their longer parts. */
export function secretsIn({ href, pathname, search }: URL): readonly string[] {
  const parts = `${pathname}${search}`.split(/[/?&=]/)
  return [href, `${pathname}${search}`, pathname, search, ...parts].filter(
    text => text.length >= SECRET_CHARACTERS_MIN,
  )
}

/** As the configuration takes it where it is written there. */
function checked(text: string, allowPrivate: boolean): URL {
  const url = /^https?:\/\/[\x21-\x7e]{1,2000}$/.test(text) ? URL.parse(text) : null
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '')
    throw new DeliveryError(
      'what was read is no URL of a webhook: one line such as https://hooks.example.org/path is needed, without a user and without "#"',
    )
  const host = bareHost(url)
  const isAddressed = isIP(host) !== 0 || host === 'localhost'
  if (url.protocol === 'http:' && !(allowPrivate && isAddressed))
    throw new DeliveryError(
      'without TLS only an address of this computer or of a private network is taken, with allow_private: true',
    )
  return url
}
