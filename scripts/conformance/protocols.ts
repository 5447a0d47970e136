// Compares the protocol that mpwatch names with what an independent dissector says, stream by stream. The
// dissector goes by port where the payload does not tell; such lines stand in an exceptions file with a reason.

import type { Row } from './tables.ts'

/** By conversation, the names that were given to it; none where nobody named it. */
export type NamesByConversation = ReadonlyMap<string, ReadonlySet<string>>

/** The dissector's names, as mpwatch has them. What is not here is none of ours to recognise. */
const OURS: ReadonlyMap<string, string> = new Map([
  ...['dns', 'http', 'tls', 'ssh', 'snmp', 'ntp', 'sip', 'rtp', 'rtcp', 'ftp', 'ftp-data'].map(
    name => [name, name] as const,
  ),
  ...['ldap', 'tds', 'smtp', 'socks', 'telnet', 'rmi'].map(name => [name, name] as const),
  ['cldap', 'ldap'],
  ['megaco', 'h248'],
  ['rtmpt', 'rtmp'],
])
/** Name services of a link, in the format of DNS: calling them so is right, and not asked for. */
const LIKE_DNS = ['mdns', 'llmnr', 'nbns']

export interface ProtocolDisagreement {
  readonly file: string
  readonly conversation: string
  /** `missed`: it was not named. `other`: it was named otherwise. */
  readonly kind: 'missed' | 'other'
  /** The truth's names of ours. */
  readonly protocols: readonly string[]
  readonly says: string
}

export interface ProtocolComparison {
  readonly file: string
  /** Streams by protocol of the truth, and those of them that were named so. */
  readonly streams: ReadonlyMap<string, number>
  readonly recognised: ReadonlyMap<string, number>
  readonly disagreements: readonly ProtocolDisagreement[]
}

/** The streams of a file, from rows of the truth with `name` as their conversation. */
export function truthNames(
  rows: readonly { readonly name: string; readonly protocols: string }[],
): NamesByConversation {
  const names = new Map<string, Set<string>>()
  for (const { name, protocols } of rows) {
    const known = names.get(name) ?? new Set<string>()
    for (const part of protocols.split(' ')) {
      const word = part.slice(0, part.lastIndexOf('='))
      if (word !== '-' && word !== '') known.add(word)
    }
    names.set(name, known)
  }
  return names
}

/**
 * Of a damaged capture only wrong names count: what is left of a packet may be too little to recognise.
 * A stream of which no flow is reported is the other comparison's business.
 */
export function compareProtocols(
  file: string,
  truth: NamesByConversation,
  found: NamesByConversation,
): ProtocolComparison {
  const streams = new Map<string, number>()
  const recognised = new Map<string, number>()
  const disagreements: ProtocolDisagreement[] = []
  for (const [conversation, words] of truth) {
    const named = found.get(conversation)
    if (named === undefined) continue
    const protocols = [...new Set([...words].flatMap(word => OURS.get(word) ?? []))]
    const isDamaged = file.startsWith('broken/')
    const own = [...named].filter(word => word !== 'unknown')
    const isNamed = own.some(word => protocols.includes(word))
    if (!isDamaged)
      for (const protocol of protocols) {
        count(streams, protocol)
        if (isNamed) count(recognised, protocol)
      }
    const says = `truth ${[...words].join(' ') || 'nothing'}, mpwatch ${own.join(' ') || 'nothing'}`
    const one = { file, conversation, protocols, says }
    if (own.some(word => !isRight(word, words, protocols)))
      disagreements.push({ ...one, kind: 'other' })
    else if (!isNamed && protocols.length > 0 && !isDamaged)
      disagreements.push({ ...one, kind: 'missed' })
  }
  return { file, streams, recognised, disagreements }
}

const isRight = (word: string, words: ReadonlySet<string>, protocols: readonly string[]): boolean =>
  protocols.includes(word) || (word === 'dns' && LIKE_DNS.some(name => words.has(name)))

const count = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** Why a disagreement stands: `truth` where the dissector is wrong, `ours` where we are, or cannot know. */
export type ProtocolWhy = (
  one: ProtocolDisagreement,
) => { readonly whose: string; readonly why: string } | undefined

/** From rows with the columns `file`, `conversation`, `whose`, `why`. */
export function protocolReasons(rows: readonly Row[]): ProtocolWhy {
  const reasons = new Map(
    rows.map(row => {
      const reason = { whose: row('whose'), why: row('why') }
      return [`${row('file')}\t${row('conversation')}`, reason] as const
    }),
  )
  return ({ file, conversation }) => reasons.get(`${file}\t${conversation}`)
}

const RECALL_MIN = 0.99

/**
 * A line by protocol and the sum: streams whose name the dissector read from payload, and how many of these
 * mpwatch named the same.
 */
export function recallLines(
  comparisons: readonly ProtocolComparison[],
  why: ProtocolWhy,
): { readonly lines: readonly string[]; readonly isEnough: boolean } {
  const byPort = comparisons
    .flatMap(({ disagreements }) => disagreements)
    .filter(one => why(one)?.whose === 'truth')
  const names = [...new Set(comparisons.flatMap(({ streams }) => [...streams.keys()]))].sort()
  const sum = (key: string, of: (one: ProtocolComparison) => ReadonlyMap<string, number>): number =>
    comparisons.reduce((total, one) => total + (of(one).get(key) ?? 0), 0)
  const rows = names.map(name => {
    const wrong = byPort.filter(({ protocols }) => protocols.includes(name)).length
    const all = sum(name, one => one.streams) - wrong
    return { name, all, right: sum(name, one => one.recognised) }
  })
  const all = rows.reduce((total, row) => total + row.all, 0)
  const right = rows.reduce((total, row) => total + row.right, 0)
  return {
    lines: [...rows, { name: 'all', all, right }].map(
      row => `${row.name.padEnd(10)}${row.right} of ${row.all} streams recognised`,
    ),
    isEnough: right >= RECALL_MIN * all,
  }
}

/** Exceptions that explain nothing any more, or say nothing. */
export function protocolFaults(
  rows: readonly Row[],
  comparisons: readonly ProtocolComparison[],
): string[] {
  const compared = new Set(comparisons.map(({ file }) => file))
  const standing = new Set(
    comparisons.flatMap(({ disagreements }) =>
      disagreements.map(({ file, conversation }) => `${file}\t${conversation}`),
    ),
  )
  return rows.flatMap(row => {
    const subject = `${row('file')} ${row('conversation')}`
    if (row('why').trim() === '' || !['truth', 'ours'].includes(row('whose')))
      return [`${subject}: an exception must say whose and why.`]
    if (!compared.has(row('file')) || standing.has(`${row('file')}\t${row('conversation')}`))
      return []
    return [`${subject}: agrees by now; remove its exception.`]
  })
}
