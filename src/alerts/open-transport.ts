// The transport of a route, by the kind of its target.

import type { RouteTarget } from '../model/watch-config.ts'
import { eveTransport } from './eve-file.ts'
import type { Grounds } from './grounds.ts'
import { mailTransport } from './mail.ts'
import { syslogTransport } from './syslog-transport.ts'
import type { Transport } from './transport.ts'
import { webhookTransport } from './webhook.ts'

/** Connects to nobody and opens nothing before there is something to deliver. */
export function openTransport(target: RouteTarget, grounds: Grounds): Transport {
  if (target.kind === 'webhook') return webhookTransport(target, grounds)
  if (target.kind === 'mail') return mailTransport(target, grounds)
  if (target.kind === 'eve') return eveTransport(target, grounds)
  return syslogTransport(target, grounds)
}
