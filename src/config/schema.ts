// The shape of the policy's files, key by key, as zod schemas that yield the nouns of the model.
// Unknown keys are errors everywhere. What two places must agree on is checked in policy.ts.

import { z } from 'zod'
import type { Cite, Expectation, Row, Sustain } from '../model/policy.ts'
import {
  apiVersion,
  entries,
  list,
  name,
  oneOrMany,
  orNull,
  read,
  role,
  someEntries,
  text,
  word,
} from './leaves.ts'
import {
  readDay,
  readEnd,
  readHostName,
  readPortMatch,
  readPortRange,
  readPrefix,
  readSeconds,
  readSelector,
  readWindow,
} from './readers.ts'

/** rules/policy.yaml. */
export const policyFile = z.strictObject({
  api_version: apiVersion,
  policy: z.strictObject({ id: name, strict_outbound: z.boolean().default(false) }),
  exposure: z.record(z.string(), z.unknown()),
  rows: someEntries,
  statements: entries,
  limits: entries,
  exceptions: entries,
  tests: entries,
})

/** rules/webex-ranges.yaml. */
export const webexFile = z.strictObject({
  api_version: apiVersion,
  webex_ranges: z.strictObject({
    version: text,
    source: text,
    date: read(readDay),
    ranges: someEntries,
  }),
  cdn_names: list(read(readHostName)).default([]),
  interception_issuers: list(text).default([]),
})

/** rules/practice.yaml. */
export const practiceFile = z.strictObject({ api_version: apiVersion, practice: entries })

const cite = z
  .strictObject({
    section: text,
    table: orNull(word('table', ['incoming', 'outgoing'])),
    server: orNull(text),
    row: orNull(text),
  })
  .transform((given): Cite => given)

const PROTOCOLS = [
  ...['ssh', 'http', 'tls', 'ntp', 'snmp', 'sip', 'rtp', 'rtcp', 'ftp', 'telnet', 'h248', 'rtmp'],
  ...['tds', 'ldap', 'smtp', 'socks', 'dns', 'rmi', 'xml', 'smb', 'rdp', 'kerberos', 'syslog'],
  ...['dhcp', 'opaque'],
] as const

const protocols = list(word('protocol', PROTOCOLS))
const expectation = z
  .strictObject({
    expect: protocols.default([]),
    on: z.record(z.string().regex(/^\d{1,5}$/), protocols).default({}),
    not: protocols.default([]),
  })
  .prefault({})
  .transform(
    ({ on, ...given }): Expectation => ({
      ...given,
      on: new Map(Object.entries(on).map(([port, words]) => [Number(port), words])),
    }),
  )

const BASES = ['document', 'inferred', 'practice'] as const
const peers = (basis: (typeof BASES)[number]) =>
  z
    .strictObject({
      roles: list(read(readSelector)).min(1),
      basis: word('basis', BASES).default(basis),
    })
    .transform(({ roles, basis }) => ({ selectors: roles, basis }))

const ADVISORIES = [
  'unexpected_source',
  'not_filtered',
  'transport_unusual',
  'shared_address',
] as const
const advisoryWord = word('advisory', ADVISORIES)

/**
 * `transport_unusual` for all of the row, or `{udp: transport_unusual}` for one transport of it.
 */
const advisory = z
  .preprocess(
    value => (typeof value === 'string' ? { any: value } : value),
    z.strictObject({
      any: advisoryWord.optional(),
      tcp: advisoryWord.optional(),
      udp: advisoryWord.optional(),
      icmp: advisoryWord.optional(),
    }),
  )
  .transform((given, context): string => {
    const [only, second] = Object.entries(given).flatMap(([transport, named]) =>
      named === undefined ? [] : [[transport, named] as const],
    )
    if (only !== undefined && second === undefined)
      return only[0] === 'any' ? only[1] : `${only[0]}:${only[1]}`
    context.issues.push({
      code: 'custom',
      message: 'name one transport only, or write one word for all',
      input: given,
    })
    return z.NEVER
  })

const mode = z.strictObject({
  machine: z.literal('gwsim'),
  opener: word('opener', ['web', 'app']),
})

const OBLIGATIONS = ['required', 'permitted', 'recommended', 'optional', 'forbidden'] as const

/** What a row of the tables and a practice item have in common. */
const shared = {
  id: name,
  says: text,
  l4: list(read(readPortMatch)).min(1),
  app: expectation,
  exposure: orNull(text),
  closed: z.boolean().default(false),
  obligation: word('obligation', OBLIGATIONS).default('permitted'),
  reversed: orNull(text),
  mode: orNull(mode),
  active_with: orNull(role),
  advisory: orNull(advisory),
  sensitive: z.boolean().default(false),
  cleartext: z.boolean().default(false),
  source_ports: orNull(list(read(readPortRange)).min(1)),
  twin: orNull(text),
  parent: orNull(text),
}

type Unplaced = Omit<Row, 'where'>

export const rowEntry = z
  .strictObject({
    ...shared,
    kind: word('kind', ['incoming', 'outgoing', 'webex', 'statement']),
    cite,
    from: peers('document'),
    to: peers('document'),
  })
  .transform(
    ({ l4, active_with, source_ports, ...row }): Unplaced => ({
      ...row,
      ...{ match: l4, activeWith: active_with, sourcePorts: source_ports },
    }),
  )

/** Practice has no place in the document to cite. */
const UNCITED: Cite = {
  section: 'Practice, not in the document',
  table: null,
  server: null,
  row: null,
}

export const practiceEntry = z
  .strictObject({
    ...shared,
    enabled: z.boolean(),
    cite: cite.default(UNCITED),
    from: peers('practice'),
    to: peers('practice'),
  })
  .transform(
    ({ l4, active_with, source_ports, enabled, ...row }): { enabled: boolean; row: Unplaced } => ({
      enabled,
      row: {
        ...row,
        ...{ kind: 'practice', match: l4, activeWith: active_with, sourcePorts: source_ports },
      },
    }),
  )

export const statementEntry = z.strictObject({ id: name, cite, says: text })

export const exposureEntry = z.strictObject({
  says: text,
  includes: orNull(text),
  accepts: list(read(readSelector)).default([]),
  accepts_listed: z.boolean().default(false),
})

const count = z.int().min(1).max(10_000)

/** Samples within a time, or windows in a row. */
const sustain = z
  .strictObject({
    samples: count.optional(),
    within: read(readSeconds).optional(),
    windows: count.optional(),
  })
  .transform(({ samples, within, windows }, context): Sustain => {
    const isBySamples = samples !== undefined && within !== undefined
    if (windows === undefined && isBySamples) return { samples, withinS: within }
    if (windows !== undefined && samples === undefined && within === undefined) return { windows }
    const message = 'write {samples: 5, within: 60s}, or {windows: 2}'
    context.issues.push({ code: 'custom', message, input: windows })
    return z.NEVER
  })

export const limitEntry = z
  .strictObject({
    id: name,
    on: list(text).min(1),
    metric: text,
    value: z.number(),
    window: read(readWindow).optional(),
    min_samples: count.optional(),
    min_packets: count.optional(),
    capture_loss_pct: z.number().positive().max(100).optional(),
    sustain: sustain.optional(),
  })
  .transform(({ window, min_samples, min_packets, capture_loss_pct, ...limit }) => ({
    ...limit,
    ...{ windowS: window, samplesMin: min_samples, packetsMin: min_packets },
    captureLossPct: capture_loss_pct,
  }))

export const exceptionEntry = z
  .strictObject({
    id: name,
    row: text,
    from: read(readEnd),
    to: read(readEnd),
    l4: oneOrMany(read(readPortMatch)),
    owner: text,
    reason: text,
    expires: read(readDay),
  })
  .transform(({ l4, ...exception }) => ({ ...exception, match: l4 }))

export const testEntry = z.strictObject({ flow: text, expect: text })

export const rangeEntry = z.strictObject({ id: name, cidr: read(readPrefix), range: text })
