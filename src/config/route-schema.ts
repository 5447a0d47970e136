// The section `alerts` of the configuration file: who is told what, and by which way. Its secrets stand elsewhere.

import { z } from 'zod'
import { SEVERITIES } from '../model/finding.ts'
import { VERDICTS } from '../model/verdict.ts'
import { name, oneOf, orNull, read, says, whole } from './leaves.ts'
import {
  END_ROLES,
  readHost,
  readLabel,
  readMailAddress,
  readOutputName,
  readParty,
  readVariable,
  readWebhook,
} from './output-readers.ts'
import { readPath } from './watch-readers.ts'

const MEMBERS_MAX = 100
const MAIL_ADDRESSES_MAX = 50
const DAY_S = 86_400
/** `local0` of RFC 5424, table 1. */
const FACILITY = 16

const FINDING_VERDICTS = [
  ...VERDICTS,
  ...(['missing', 'degraded', 'topology', 'advisory', 'event'] as const),
]

const path = read(readPath)
const variable = read(readVariable)
const port = orNull(whole(1, 65_535))
const caFile = says(orNull(path), 'Certificates to trust beside those of the system, as PEM.')
const some = <S extends z.ZodType>(item: S) => orNull(z.array(item).min(1).max(MEMBERS_MAX))

const filter = z
  .strictObject({
    severity: says(oneOf('severity', SEVERITIES).default('info'), 'This severe, or worse.'),
    rows: says(some(name), 'Rows of the policy.'),
    verdicts: says(some(oneOf('verdict', FINDING_VERDICTS)), 'Verdicts of findings.'),
    roles: says(some(oneOf('role', END_ROLES)), 'Roles at either end.'),
    nodes: says(some(read(readParty)), 'Names of nodes, or role@zone, at either end.'),
    sites: says(some(name), 'Names of sites, as site files have them.'),
  })
  .prefault({})

const common = {
  name: says(read(readOutputName), 'Names its cursor in the store: renamed, it begins anew.'),
  tells: says(
    orNull(oneOf('word', ['pages', 'events'])),
    'pages: what should wake somebody, put together; events: all that happens to findings, at once. Events where the kind is eve, else pages.',
  ),
  filter: says(filter, 'What is told; each key that is given must fit.'),
  wait_s: says(
    whole(0, 3_600).default(10),
    'Seconds until the first notice of a group, so that it has company; 0 where critical.',
  ),
  interval_s: says(whole(10, DAY_S).default(300), 'Seconds between two notices of one group.'),
  repeat_s: says(
    whole(60, 30 * DAY_S)
      .nullable()
      .default(14_400),
    'Seconds until it is told again, while it is there and nobody has acknowledged it.',
  ),
  per_minute: says(
    orNull(whole(1, 100_000)),
    'With more notices, they are put together in one. 30 of pages, 10000 of events.',
  ),
  heartbeat_s: says(
    whole(60, DAY_S).nullable().default(null),
    'Seconds between two signs of life: silence means trouble then.',
  ),
  resolved: says(z.boolean().default(false), 'Whether it is told that a group is over.'),
  give_up_s: says(
    whole(60, 30 * DAY_S).default(DAY_S),
    'What could not be delivered for so many seconds goes into a file of the store.',
  ),
}

const syslogOf = <const Kind extends 'syslog' | 'cef'>(kind: Kind) =>
  z.strictObject({
    kind: z.literal(kind),
    ...common,
    host: says(read(readHost), 'The receiver, a name or an address.'),
    port: says(port, '514 for udp, 601 for tcp, 6514 for tls where nobody says otherwise.'),
    transport: says(oneOf('transport', ['udp', 'tcp', 'tls']).default('udp'), 'How it travels.'),
    ca_file: caFile,
    facility: says(whole(0, 23).default(FACILITY), 'RFC 5424, 6.2.1; 16 is local0.'),
  })

const webhook = z.strictObject({
  kind: z.literal('webhook'),
  ...common,
  url: says(
    orNull(read(readWebhook)),
    'https, or http where allow_private is set and it is an address.',
  ),
  url_file: says(
    orNull(path),
    'Instead, where its path is a password: a file that holds the URL and nothing else.',
  ),
  url_env: says(orNull(variable), 'Or the environment variable that holds it.'),
  secret_file: says(orNull(path), 'A file that holds the key of the signature and nothing else.'),
  secret_env: says(orNull(variable), 'Or the environment variable that holds it.'),
  allow_private: says(
    z.boolean().default(false),
    'It may be this computer, or lie in a private network.',
  ),
  ca_file: caFile,
})

const mail = z.strictObject({
  kind: z.literal('mail'),
  ...common,
  host: says(read(readHost), 'The mail server, a name or an address.'),
  port: says(port, '465 for tls, 587 for starttls, 25 for none where nobody says otherwise.'),
  security: says(
    oneOf('word', ['tls', 'starttls', 'none']).default('starttls'),
    'tls from the first byte, starttls insisted on, or none.',
  ),
  username: says(orNull(read(readLabel)), 'The user; without, nobody logs in.'),
  password_file: says(orNull(path), 'A file that holds the password and nothing else.'),
  password_env: says(orNull(variable), 'Or the environment variable that holds it.'),
  from: says(read(readMailAddress), 'The sender.'),
  to: says(
    z.array(read(readMailAddress)).min(1).max(MAIL_ADDRESSES_MAX),
    'Those who are written to.',
  ),
  ca_file: caFile,
})

const eve = z.strictObject({
  kind: z.literal('eve'),
  ...common,
  file: says(path, 'The file; SIGHUP opens it anew.'),
  size_mib: says(whole(1, 10_240).default(64), 'Larger, and it is put aside as file.1.'),
  files: says(whole(0, 100).default(5), 'How many of those are kept.'),
})

/** A route as it is written, each key by itself in order. */
export const routeKeys = z.discriminatedUnion('kind', [
  syslogOf('syslog'),
  syslogOf('cef'),
  webhook,
  mail,
  eve,
])
export type RouteKeys = z.output<typeof routeKeys>
