import { expect, test } from 'vitest'
import type { Result } from '../../src/model/result.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { sampleLedger, sampleReportedFinding, sampleResult } from '../support/samples.ts'

const plain = (changes: Partial<Result> = {}, width = 100): string =>
  renderTerminal(sampleResult(changes), { color: false, width })

const COMPLIANT: Partial<Result> = {
  conclusion: {
    state: 'compliant',
    sentence: 'Compliant as observed.',
    violations: 0,
    exit_code: 0,
  },
  findings: [],
}
const REJECTED = sampleReportedFinding({
  severity: 'info',
  verdict: 'rejected',
  reason: null,
  title: 'The firewall refused tcp/1433 towards web-dmz-1',
})
const BLIND = {
  kind: 'undetermined',
  subject: 'I-12',
  count: 2,
  reason: '2 flows got no verdict: Nothing shows who opened them.',
  incomplete: true,
}

test('an audit with one violation reads like this', () => {
  expect(plain({ not_judged: [BLIND] })).toBe(
    `Not compliant: 1 violation. Worst: SQL Server on web-dmz-1 answered the Internet.

Could not be judged
  ! I-12: 2 flows got no verdict: Nothing shows who opened them.

Findings, worst first: 1 critical

⬢ critical  SQL Server on web-dmz-1 answered the Internet
  Row       I-31, Network Requirements, TCP/UDP Ports, incoming table, Web Server, SQL 1433
  Demands   SQL Server on the Web Server serves MeetingPlace components and nobody else.
  Verdict   escaped: over_exposed, confirmed
  Traffic   external@internet (first 1: 203.0.113.77) -> web-dmz-1 tcp/1433, 3 flows,
            2026-03-02 10:15:42.118Z to 2026-03-02 10:16:30.000Z
  Allowed   web -> web tcp/1433
  Evidence  frame 17 of office.pcap: 203.0.113.77:51514 -> 192.0.2.20:1433 TCP. SYN-ACK after 1.000
            ms
  Filter    tcp.port == 1433
  To fix    Close tcp/1433 towards 192.0.2.20 on the external firewall.

Verdicts
  3 flows of 1,200 packets: 1 permitted, 1 escaped, 1 out of scope.

Observed
  2026-03-02 10:15:00.000Z to 2026-03-02 10:25:00.250Z, 10 min 0 s
  office.pcap: 1,212 packets, 123,456 bytes
  sha256 ${'cd'.repeat(32)}

Judged by
  mpwatch 0.1.0, WebEx ranges seed
  policy meetingplace-7.1, sha256:abababababab
  site hq, sha256:abababababab, sensor dmz-span

Every packet is accounted for: 1,212 seen = 1,208 decoded + 3 truncated + 1 unsupported.
`,
  )
})

test('of several sensors each stands with its capture, and all with what judged', () => {
  const { provenance } = sampleResult()
  const [capture] = provenance.captures
  const captures = ['core-span', 'dmz-span'].flatMap(sensor =>
    capture === undefined ? [] : [{ ...capture, name: `${sensor}.pcap`, sensor }],
  )
  const site = provenance.site && { ...provenance.site, sensor: null }
  const text = plain({ provenance: { ...provenance, captures, site } })
  expect(text).toContain('\n  core-span.pcap: 1,212 packets, 123,456 bytes, by sensor core-span\n')
  expect(text).toContain('\n  dmz-span.pcap: 1,212 packets, 123,456 bytes, by sensor dmz-span\n')
  expect(text).toContain('\n  site hq, sha256:abababababab, sensors core-span and dmz-span\n')
})

test('severities are told by shape and word, worst first', () => {
  const findings = (['low', 'medium', 'critical', 'high'] as const).map(severity =>
    sampleReportedFinding({ severity, title: severity.toUpperCase() }),
  )
  const lines = plain({ findings }).split('\n')
  expect(lines.filter(line => /^[⬢▲◆○]/.test(line))).toEqual([
    '⬢ critical  CRITICAL',
    '▲ high      HIGH',
    '◆ medium    MEDIUM',
    '○ low       LOW',
  ])
})

test('good news counts what was judged, out of scope apart', () => {
  expect(plain(COMPLIANT)).toContain(
    'Compliant as observed.\n✓ 2 flows were judged; none broke a rule. Nothing of the site was left unjudged.\n',
  )
})

test('good news does not claim more than was judged', () => {
  expect(plain({ ...COMPLIANT, not_judged: [BLIND] })).toContain(
    '✓ 2 flows were judged; none broke a rule.\n',
  )
})

test('where nothing was judged there is no good news', () => {
  const { totals } = sampleResult()
  const conclusion = {
    state: 'not_observed' as const,
    sentence: 'Not observed.',
    violations: 0,
    exit_code: 4 as const,
  }
  const text = plain({ conclusion, findings: [], totals: { ...totals, by_verdict: [] } })
  expect(text).not.toContain('✓')
})

test('proof of control comes last, in one line', () => {
  const text = plain({ findings: [REJECTED, sampleReportedFinding()] })
  expect(text.indexOf('⬢ critical')).toBeLessThan(text.indexOf('No action needed'))
  expect(text).toContain(
    '\n  – info  The firewall refused tcp/1433 towards web-dmz-1 (I-31, rejected, 3 flows)\n',
  )
})

test('an accepted deviation names its exception', () => {
  const excepted = { ...REJECTED, verdict: 'excepted' as const, exception: 'EX-7' }
  expect(plain({ findings: [excepted] })).toContain('(I-31, excepted, EX-7, 3 flows)')
})

test('a long list is cut, and says so', () => {
  const many = Array.from({ length: 203 }, () => sampleReportedFinding())
  const text = plain({ findings: many })
  expect(text.match(/⬢/g)).toHaveLength(200)
  expect(text).toContain('\n  3 more; --json lists all.\n')
})

test('a ledger that does not close is said in words', () => {
  const { reader } = sampleLedger()
  const ledger = sampleLedger({ reader: { ...reader, seen: 1213 } })
  expect(plain({ ledger })).toContain(
    'Not every packet is accounted for. This is a fault of mpwatch.\n  L2 seen 1213 is not 1212\n',
  )
})

test('damage stands with its capture, a narrowed time with the span', () => {
  const { provenance } = sampleResult()
  const damage = [
    {
      kind: 'truncated_tail' as const,
      packet: 9,
      offset: 900,
      skipped_bytes: null,
      message: 'cut off in packet 9',
    },
  ]
  const captures = provenance.captures.map(capture => ({ ...capture, damage }))
  const from = '2026-03-02T10:15:00Z'
  const text = plain({ provenance: { ...provenance, captures, from } })
  expect(text).toContain('  office.pcap is damaged: packet 9 at byte 900: cut off in packet 9\n')
  expect(text).toContain('  Only packets from 2026-03-02T10:15:00Z were read, as asked.\n')
})

test('a flow count shows flows by transport and judges nothing', () => {
  const { provenance } = sampleResult()
  const text = plain({
    conclusion: null,
    findings: [],
    provenance: { ...provenance, policy: null, site: null },
    ledger: sampleLedger({ verdicts: null, findings: null }),
  })
  expect(text).toBe(
    `3 flows of 1,200 packets and 110,000 bytes. Nothing was judged: that takes a site file.

By transport
  tcp: 3 flows, 1,200 packets, 110,000 bytes

Observed
  2026-03-02 10:15:00.000Z to 2026-03-02 10:25:00.250Z, 10 min 0 s
  office.pcap: 1,212 packets, 123,456 bytes
  sha256 ${'cd'.repeat(32)}

Every packet is accounted for: 1,212 seen = 1,208 decoded + 3 truncated + 1 unsupported.
`,
  )
})

for (const width of [40, 80, 120]) {
  test(`no line is wider than ${width}, save filters and hashes, which are there to be copied`, () => {
    const says = 'Every Web Server must be able to reach the Application Server. '.repeat(5)
    const examples = REJECTED.examples.map(example => ({ ...example, filter: 'x'.repeat(300) }))
    const findings = [sampleReportedFinding({ says, examples }), REJECTED]
    const lines = plain({ findings, not_judged: [BLIND] }, width).split('\n')
    const wide = lines.filter(line => line.length > width)
    expect(wide.every(line => /^ {2}(Filter|sha256) /.test(line))).toBe(true)
  })
}

test('colour adds nothing but colour', () => {
  const colored = renderTerminal(sampleResult(), { color: true, width: 100 })
  expect(colored).toContain('\u001b[1;31m⬢ critical  \u001b[0mSQL Server')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the colour that is taken away.
  expect(colored.replaceAll(/\u001b\[[\d;]*m/g, '')).toBe(plain())
})

test('nothing from outside acts on the terminal, wherever it stands', () => {
  const hostile = 'x\u001b]0;owned\u0007\u009b2J\u202e\r\u2028'
  const poisoned = (value: unknown): unknown => {
    if (typeof value === 'string') return value + hostile
    if (Array.isArray(value)) return value.map(poisoned)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, poisoned(inner)]))
  }
  const result = sampleResult({
    findings: [sampleReportedFinding(), REJECTED],
    not_judged: [BLIND],
  })
  const strings = poisoned({ ...result, findings: [] }) as Result
  const findings = result.findings.map(finding => ({
    ...(poisoned(finding) as typeof finding),
    severity: finding.severity,
  }))
  const text = renderTerminal({ ...strings, findings }, { color: false, width: 80 })
  expect(text).toContain('x\\x1b]0;owned\\x07\\x9b2J\\u{202e}\\x0d\\u{2028}')
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
})
