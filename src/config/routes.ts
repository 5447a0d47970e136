// A route of alerts as it is written, checked as a whole and made the noun of the model.

import { z } from 'zod'
import { assert } from '../model/errors.ts'
import type { RouteConfig, RouteTarget } from '../model/watch-config.ts'
import { sourceOf } from './influx-schema.ts'
import { type RouteKeys, routeKeys } from './route-schema.ts'

const ROUTES_MAX = 16
const MIB = 1_048_576
/** Where receivers of syslog listen: RFC 5426; RFC 6587, which names the port of RFC 3195; RFC 5425. */
const SYSLOG_PORTS = { udp: 514, tcp: 601, tls: 6514 } as const
/** Nobody reads more pages than that; programs are to get every event. */
const PER_MINUTE_MAX = { pages: 30, events: 10_000 } as const
const MAIL_PORTS = { tls: 465, starttls: 587, none: 25 } as const

type Of<Kind extends RouteKeys['kind']> = Extract<RouteKeys, { readonly kind: Kind }>

/** A key that does not agree with another, and why. */
type Disagreement = readonly [key: string, message: string]

/** Paths are as they were written. */
export const routeList = z
  .array(
    routeKeys
      .superRefine((given, context) => {
        for (const [key, message] of disagreements(given))
          context.issues.push({ code: 'custom', message, path: [key], input: given })
      })
      .transform(routeOf),
  )
  .max(ROUTES_MAX)
  .default([])

function disagreements(given: RouteKeys): readonly Disagreement[] {
  const common: readonly Disagreement[] =
    given.repeat_s !== null && given.repeat_s < given.interval_s
      ? [['repeat_s', `must be at least interval_s, which is ${given.interval_s}`]]
      : []
  switch (given.kind) {
    case 'syslog':
    case 'cef':
      return [...common, ...ofSyslog(given)]
    case 'webhook':
      return [...common, ...ofWebhook(given)]
    case 'mail':
      return [...common, ...ofMail(given)]
    case 'eve':
      return common
  }
}

const ofSyslog = ({ transport, ca_file }: Of<'syslog'> | Of<'cef'>): readonly Disagreement[] =>
  ca_file === null || transport === 'tls'
    ? []
    : [['ca_file', `${transport} has no certificates: write transport: tls, or leave this out`]]

function ofWebhook({ url, allow_private, ...given }: Of<'webhook'>): readonly Disagreement[] {
  const isFit = url === null || !url.isPlain || (allow_private && url.isAddressed)
  const named = (['url', 'url_file', 'url_env'] as const).filter(key =>
    key === 'url' ? url !== null : given[key] !== null,
  )
  const plain =
    'without TLS only an address of this computer or of a private network is taken, with allow_private: true'
  return [
    ...(isFit ? [] : [['url', plain] as const]),
    ...(named.length === 0 ? [['kind', 'name url, url_file or url_env'] as const] : []),
    ...named
      .slice(1)
      .map(key => [key, 'the URL stands here, in a file or in the environment: name one'] as const),
    ...(given.secret_file !== null && given.secret_env !== null
      ? [['secret_env', 'the key stands in a file or in the environment: name one'] as const]
      : []),
  ]
}

function ofMail(given: Of<'mail'>): readonly Disagreement[] {
  const { username, password_file, password_env, security } = given
  const hasPassword = password_file !== null || password_env !== null
  return [
    ...(password_file !== null && password_env !== null
      ? [['password_env', 'the password stands in a file or in the environment: name one'] as const]
      : []),
    ...((username === null) === hasPassword
      ? [['host', 'name username, and password_file or password_env; or neither'] as const]
      : []),
    ...(hasPassword && security === 'none'
      ? [['security', 'a password would pass in clear: write starttls or tls'] as const]
      : []),
  ]
}

function routeOf(given: RouteKeys): RouteConfig {
  const tells = given.tells ?? (given.kind === 'eve' ? 'events' : 'pages')
  return {
    ...{ name: given.name, target: targetOf(given), tells },
    filter: given.filter,
    ...{ waitS: given.wait_s, intervalS: given.interval_s, repeatS: given.repeat_s },
    perMinuteMax: given.per_minute ?? PER_MINUTE_MAX[tells],
    ...{ heartbeatS: given.heartbeat_s },
    ...{ resolved: given.resolved, giveUpS: given.give_up_s },
  }
}

function targetOf(given: RouteKeys): RouteTarget {
  switch (given.kind) {
    case 'syslog':
    case 'cef':
      return syslogOf(given)
    case 'webhook':
      return webhookOf(given)
    case 'mail':
      return mailOf(given)
    case 'eve':
      return {
        ...{ kind: given.kind, path: given.file },
        ...{ bytesMax: given.size_mib * MIB, files: given.files },
      }
  }
}

const syslogOf = (given: Of<'syslog'> | Of<'cef'>): RouteTarget => ({
  ...{ kind: given.kind, transport: given.transport, host: given.host },
  port: given.port ?? SYSLOG_PORTS[given.transport],
  ...{ caFile: given.ca_file, facility: given.facility },
})

function webhookOf(given: Of<'webhook'>): RouteTarget {
  const url = given.url?.url ?? sourceOf(given.url_file, given.url_env)
  assert(url !== null, 'one of the three is named')
  return {
    ...{ kind: given.kind, url, allowPrivate: given.allow_private },
    ...{ secret: sourceOf(given.secret_file, given.secret_env), caFile: given.ca_file },
  }
}

const mailOf = (given: Of<'mail'>): RouteTarget => ({
  ...{ kind: given.kind, host: given.host, security: given.security, username: given.username },
  port: given.port ?? MAIL_PORTS[given.security],
  secret: sourceOf(given.password_file, given.password_env),
  ...{ from: given.from, to: given.to, caFile: given.ca_file },
})
