// Goal: the rules say what the source document says, row by row.
// Method: the facts of its two port tables and its range list are compared with rules/*.yaml; they
// come from facts.ts and, where the document lies beside the project, from its own text as well.

import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { FACTS, type Facts, type IncomingFact, type OutgoingFact } from './facts.ts'
import { policy, ranges, rowOf } from './read-rules.ts'
import { readDocument } from './source-document.ts'

const DOCUMENT = new URL('../../../shared/spec/network-requirements.txt', import.meta.url)
const isHere = existsSync(DOCUMENT)
const text = isHere ? readFileSync(DOCUMENT, 'utf8') : ''

/** Words in a row beyond which a sentence would be the document's and not ours. */
const WORDS_IN_A_ROW_MAX = 7

/** The labels by which the rules call the listening servers of the incoming table. */
const SERVERS: Readonly<Record<string, readonly string[]>> = {
  'Application Server': ['app'],
  'Media Server': ['media', 'media-audio', 'media-video'],
  // Its database counts too: the row names it as the other end of the connection (I-31).
  'Web Server': ['web', 'sql'],
  'Microsoft Office Communicator': ['lcs-gw'],
  'IBM Lotus Sametime': ['sametime-gw'],
}

/** And those of the sources and destinations of the outgoing one. */
const PEERS: Readonly<Record<string, readonly string[]>> = {
  ...{ All: ['meetingplace'], Phones: ['phone'], 'Media Server': SERVERS['Media Server'] ?? [] },
  ...{ 'Application Server': ['app'], 'Failover Application Server': ['app'] },
  ...{ 'Web Servers': ['web'], 'DNS Server': ['dns'], 'NTP Server': ['ntp'] },
  ...{
    'Microsoft Exchange server': ['exchange'],
    'Cisco Unified Communications Manager': ['cucm'],
  },
  'SMTP server or Microsoft Exchange server': ['smtp', 'exchange'],
  // By a proxy, the peer is the proxy and WebEx the target behind it.
  'Cisco WebEx': ['socks-proxy'],
}

const sources: [name: string, facts: Facts][] = [['kept facts', FACTS]]
if (isHere) sources.push(['document', readDocument(text)])

describe.each(sources)('the rules agree with the %s', (_, facts) => {
  test.each(facts.incoming)('$id: $server, $service $ports, class $exposure', fact => {
    expect(incomingFactOf(fact.id)).toEqual(fact)
    expect(SERVERS[fact.server]).toEqual(
      expect.arrayContaining([...(rowOf(fact.id)?.to.roles ?? [])]),
    )
  })

  test.each(facts.outgoing)('$id: $source to $destination, $service $ports', fact => {
    const row = rowOf(fact.id)
    expect(outgoingFactOf(fact)).toEqual(fact)
    expect(PEERS[fact.source]).toEqual(expect.arrayContaining([...(row?.from.roles ?? [])]))
    expect(PEERS[fact.destination]).toEqual(row?.to.roles)
  })

  test('the tables have no other rows', () => {
    const listed = [...facts.incoming, ...facts.outgoing].map(({ id }) => id)
    const rows = policy.rows.filter(({ cite, parent }) => cite.table && parent === undefined)
    expect(rows.map(({ id }) => id)).toEqual(listed)
  })

  test('the WebEx ranges are the same, in the same order', () => {
    expect(ranges.webex_ranges.ranges).toEqual(facts.ranges)
  })
})

test.skipIf(!isHere)('the kept facts are those of the document', () => {
  expect(readDocument(text)).toEqual(FACTS)
})

test.skipIf(!isHere)('no sentence of the rules is copied from the document', () => {
  const theirs = ` ${wordsOf(text).join(' ')} `
  const copied = [...policy.rows, ...policy.statements].filter(({ says }) =>
    runsOf(wordsOf(says)).some(run => theirs.includes(` ${run} `)),
  )
  expect(copied.map(({ id, says }) => `${id}: ${says}`)).toEqual([])
})

test('a row that a page break cuts in two is read as one', () => {
  const cut =
    'RTMP\tTCP\t1627\tRoom\t\n\nTable: Incoming\n\n\t\t\t\t(Optional) Expose to Application Server.'
  const heading = 'Protocol\tPort Type\tPorts\tPort Usage\tSpecial Requirements'
  const facts = readDocument(`${heading}\n<b>Web Server</b>\t\t\t\t\n${cut}\n`)
  expect(facts.incoming).toEqual([
    {
      ...{ id: 'I-01', server: 'Web Server', service: 'RTMP' },
      ...{ transports: 'TCP', ports: '1627', exposure: 'X5' },
    },
  ])
})

/** What the rules say of a row of the incoming table, in the shape of a fact. */
function incomingFactOf(id: string): IncomingFact {
  const { cite, exposure = '' } = rowOf(id) ?? { cite: {} }
  return { id, server: cite.server ?? '', ...serviceOf(id), exposure }
}

/** The same for the outgoing table, whose destination is compared by label. */
function outgoingFactOf({ id, destination }: OutgoingFact): OutgoingFact {
  return { id, source: rowOf(id)?.cite.server ?? '', destination, ...serviceOf(id) }
}

// The citation spells the row's label and ports as the document does; `l4` is what is judged. Both
// must tell the same, so the ports are taken from `l4` and the label from what precedes them.
function serviceOf(id: string): { service: string; transports: string; ports: string } {
  const row = rowOf(id)
  const matches = (row?.l4 ?? []).map(match => match.split('/'))
  const transports = unique(matches.map(([transport = '']) => transport.toUpperCase())).join(' ')
  const ports = unique(matches.map(([, port = '']) => port.replace('any', 'Any'))).join(', ')
  const label = row?.cite.row?.replace(/ \((audio|video)\)$/, '') ?? ''
  const service = label.endsWith(` ${ports}`) ? label.slice(0, -ports.length - 1) : `not ${label}`
  return { service, transports, ports }
}

const unique = (values: readonly string[]): string[] => [...new Set(values)]

const wordsOf = (prose: string): string[] => prose.toLowerCase().match(/[a-z0-9]+/g) ?? []

/** Every run of one word more than may be shared. */
const runsOf = (words: readonly string[]): string[] =>
  words
    .map((_, at) => words.slice(at, at + WORDS_IN_A_ROW_MAX + 1))
    .filter(run => run.length > WORDS_IN_A_ROW_MAX)
    .map(run => run.join(' '))
