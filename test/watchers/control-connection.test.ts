// 5003 of each Web Server, as captures show it: which side opens it, both at once, neither, another than
// before. The site of these tests declares no mode, so that each is learned.

import { describe, expect, test } from 'vitest'
import { cutFirst } from '../../fixtures/scenario/edit.ts'
import { pcapOf } from '../../fixtures/scenario/pcap.ts'
import { verdictText } from '../support/audit.ts'
import { outputsOf } from '../support/outputs.ts'
import { complaints } from '../support/schemas.ts'
import { SITE } from './site.ts'
import { linesOf, story, told, VENDOR } from './story.ts'

const on5003 = ({ flows }: Awaited<ReturnType<typeof told>>) =>
  flows.filter(({ flow }) => flow.server.port === 5003).map(verdictText)

const REVERSE = `${SITE}
modes:
  gwsim: {web-dmz-1: reverse}
`

describe('a direction that completes', () => {
  test('from the Web Server is the normal one', async () => {
    const audit = await told(
      story(60, (net, { web, appA }) => net.at(1).tcp(web, appA, 5003, VENDOR)),
    )
    expect(linesOf(audit)).toEqual([])
    expect(audit.note('S-01')?.kept).toBe(1)
    expect(audit.note('S-02')?.kept).toBe(1)
    expect(audit.note('I-06.1')?.kept).toBe(1)
    expect(audit.note('S-03')).toBeUndefined()
  })

  test('from the Application Server is the reverse one', async () => {
    const audit = await told(
      story(60, (net, { webDmz, appA }) => net.at(1).tcp(appA, webDmz, 5003, VENDOR)),
    )
    expect(linesOf(audit)).toEqual([])
    expect(audit.note('S-03')?.kept).toBe(1)
    expect(audit.note('S-02')).toBeUndefined()
  })

  test('is learned from a connection that is older than the capture', async () => {
    const audit = await told(
      story(120, (net, { webDmz, appA }) => {
        net.at(1).tcpMidstream(appA, webDmz, 5003, { exchanges: 4, everyMs: 20_000, ...VENDOR })
        net.at(30).tcpRefused(webDmz, appA, 5003)
      }),
    )
    expect(linesOf(audit)).toEqual(['rejected:forbidden_by_mode I-06.2 web-dmz-1 -> app-a'])
  })

  test('is none where the host only resets', async () => {
    const audit = await told(
      story(90, (net, { web, appA }) => {
        net.at(1).tcpRefused(appA, web, 5003)
        net.at(20).tcp(web, appA, 5003, VENDOR)
      }),
    )
    expect(on5003(audit)).toEqual(['rejected I-06.1', 'permitted I-06'])
  })
})

describe('in a mode that was learned', () => {
  test('the other direction that completes is forbidden, and the verdict says since when', async () => {
    const audit = await told(
      story(120, (net, { webDmz, appA }) => {
        net.at(1).tcpOpen(appA, webDmz, 5003, VENDOR)
        net.at(60).tcp(webDmz, appA, 5003, VENDOR)
      }),
    )
    expect(on5003(audit).toSorted()).toEqual(['escaped:forbidden_by_mode I-06.2', 'permitted I-32'])
    const [finding] = audit.findings
    expect(finding).toMatchObject({ severity: 'high', confidence: 'confirmed' })
    expect(finding?.examples[0]?.why).toEqual([
      'REVERSE since 2026-03-02 10:00:01.000Z. A connection from app-a to web-dmz-1 completed.',
    ])
  })

  test('so it is the other way round', async () => {
    const audit = await told(
      story(120, (net, { web, appA }) => {
        net.at(1).tcpOpen(web, appA, 5003, VENDOR)
        net.at(60).tcp(appA, web, 5003, VENDOR)
      }),
    )
    expect(on5003(audit)).toContain('escaped:forbidden_by_mode I-06.1')
  })

  test.each(['silent', 'refused', 'filtered'])(
    'a %s try from the Web Server is the control at work, though it came first',
    async how => {
      const audit = await told(
        story(120, (net, { webDmz, appA, wall }) => {
          // Answers between the two are seen.
          net.at(0.5).tcp(webDmz, appA, 61_004, VENDOR)
          if (how === 'silent') net.at(1).tcpSilent(webDmz, appA, 5003)
          if (how === 'refused') net.at(1).tcpRefused(webDmz, appA, 5003)
          if (how === 'filtered')
            net.at(1).tcpFiltered(webDmz, appA, 5003, { by: wall, how: 'icmp' })
          net.at(3).tcpOpen(appA, webDmz, 5003, VENDOR)
        }),
      )
      expect(on5003(audit).toSorted()).toEqual(['permitted I-32', 'rejected I-06.2'])
      expect(audit.note('I-06.2')?.kept).toBe(1)
    },
  )

  test('one Web Server says nothing of another', async () => {
    const audit = await told(
      story(120, (net, { web, webDmz, appA }) => {
        net.at(1).tcpOpen(appA, webDmz, 5003, VENDOR)
        net.at(60).tcp(web, appA, 5003, VENDOR)
      }),
    )
    expect(linesOf(audit)).toEqual([])
  })

  test('no verdict is remembered from before', async () => {
    const audit = await told(
      story(1500, (net, { web, appA }) => {
        net.at(1).tcp(web, appA, 5003, VENDOR)
        net.at(20).tcp(web, appA, 5003, VENDOR)
        // Silent for eleven minutes, then twice the other way: another mode.
        for (const at of [700, 720, 740]) net.at(at).tcp(appA, web, 5003, VENDOR)
        net.at(800).tcp(web, appA, 5003, VENDOR)
        net.at(1400).tcp(appA, web, 5003, VENDOR)
      }),
    )
    expect(on5003(audit)).toEqual([
      ...['permitted I-06', 'permitted I-06'],
      // The first might be a breach; the second says that the mode has changed.
      ...['escaped:forbidden_by_mode I-06.1', 'escaped:forbidden_by_mode I-06.1'],
      ...['permitted I-32', 'escaped:forbidden_by_mode I-06.2', 'permitted I-32'],
    ])
  })
})

describe('another direction than before', () => {
  test('is an event after two completions, and only possibly a breach before', async () => {
    const audit = await told(
      story(900, (net, { web, appA }) => {
        net.at(1).tcp(web, appA, 5003, VENDOR)
        for (const at of [700, 720]) net.at(at).tcp(appA, web, 5003, VENDOR)
      }),
    )
    const event = audit.findings.find(({ verdict }) => verdict === 'event')
    expect(event).toMatchObject({
      ...{ reason: 'mode_changed', row: 'I-06.1', severity: 'info', source: 'web-1' },
      title: 'The control connection of web-1 is in reverse mode now',
      why: [
        'NORMAL since 2026-03-02 10:00:01.000Z. A connection from web-1 to app-a completed.',
        'REVERSE since 2026-03-02 10:12:00.000Z. A connection from app-a to web-1 completed.',
      ],
    })
    const breach = audit.findings.find(({ verdict }) => verdict === 'escaped')
    expect(breach).toMatchObject({ reason: 'forbidden_by_mode', confidence: 'possible' })
  })

  test('needs one connection only, where that outlives the old one by ten minutes', async () => {
    const audit = await told(
      story(2000, (net, { web, appA }) => {
        net.at(1).tcp(web, appA, 5003, VENDOR)
        const { clientPort } = net.at(700).tcpOpen(appA, web, 5003, VENDOR)
        const alive = { clientPort, exchanges: 13, everyMs: 100_000, ...VENDOR }
        net.at(710).tcpMidstream(appA, web, 5003, alive)
      }),
    )
    expect(linesOf(audit)).toContain('event:mode_changed I-06.1 web-1 -> app-a')
  })
})

describe('both directions at once', () => {
  const contested = story(300, (net, { webDmz, appA }) => {
    net.at(1).tcpOpen(appA, webDmz, 5003, VENDOR)
    net.at(60).tcp(webDmz, appA, 5003, VENDOR)
  })

  test('are a conflict, proven by both connections and the steps that led there', async () => {
    const { findings } = await told(contested)
    const conflict = findings.find(({ reason }) => reason === 'mode_conflict')
    expect(conflict).toMatchObject({
      ...{ verdict: 'topology', row: 'I-06.1', severity: 'high', confidence: 'confirmed' },
      ...{ source: 'web-dmz-1', destination: 'app-a', members: 1 },
      why: [
        'REVERSE since 2026-03-02 10:00:01.000Z. A connection from app-a to web-dmz-1 completed.',
        'CONFLICT since 2026-03-02 10:01:00.000Z. A connection from web-dmz-1 to app-a completed.',
      ],
    })
    const clients = conflict?.examples.map(({ client, server }) => `${client.name} ${server.name}`)
    expect(clients).toEqual(['web-dmz-1 app-a', 'app-a web-dmz-1'])
  })

  test('are one, too, when both are older than the capture, and then nobody is accused', async () => {
    const audit = await told(
      story(120, (net, { webDmz, appA }) => {
        net.at(1).tcpMidstream(appA, webDmz, 5003, VENDOR)
        net.at(2).tcpMidstream(webDmz, appA, 5003, VENDOR)
      }),
    )
    expect(linesOf(audit)).toEqual(['topology:mode_conflict I-06.1 web-dmz-1 -> app-a'])
  })

  test('are none when ten minutes lie between them', async () => {
    const audit = await told(
      story(700, (net, { webDmz, appA }) => {
        net.at(1).tcp(appA, webDmz, 5003, VENDOR)
        net.at(660).tcp(webDmz, appA, 5003, VENDOR)
      }),
    )
    expect(linesOf(audit)).not.toContain('topology:mode_conflict I-06.1 web-dmz-1 -> app-a')
  })

  test('are one after an hour, where the first is alive all the time', async () => {
    const audit = await told(
      story(3700, (net, { webDmz, appA }) => {
        const { clientPort } = net.at(1).tcpOpen(appA, webDmz, 5003, VENDOR)
        const alive = { clientPort, exchanges: 36, everyMs: 100_000, ...VENDOR }
        net.at(10).tcpMidstream(appA, webDmz, 5003, alive)
        net.at(3600).tcp(webDmz, appA, 5003, VENDOR)
      }),
    )
    expect(linesOf(audit)).toContain('topology:mode_conflict I-06.1 web-dmz-1 -> app-a')
    expect(on5003(audit)).toContain('escaped:forbidden_by_mode I-06.2')
  })

  test('are a breach of the declared mode, and no finding beside it', async () => {
    const audit = await told(contested, REVERSE)
    expect(linesOf(audit)).toEqual(['escaped:forbidden_by_mode I-06.2 web-dmz-1 -> app-a'])
  })
})

describe('neither direction', () => {
  test('is a finding about the Web Server, beside those about its flows', async () => {
    const audit = await told(
      story(120, (net, { webDmz, appA, wall }) => {
        net.at(1).tcpFiltered(appA, webDmz, 5003, { by: wall, how: 'icmp' })
        net.at(20).tcpFiltered(webDmz, appA, 5003, { by: wall, how: 'icmp' })
      }),
    )
    expect(linesOf(audit).toSorted()).toEqual([
      'degraded:no_control_connection S-01 web-dmz-1 -> app-a',
      'misdropped I-06 web-dmz-1 -> app-a',
      'misdropped I-32 app-a -> web-dmz-1',
    ])
    expect(audit.note('S-01')?.kept).toBe(0)
  })

  test('is not meant while one of them is open', async () => {
    const audit = await told(
      story(120, (net, { webDmz, appA, wall }) => {
        net.at(1).tcpOpen(appA, webDmz, 5003, VENDOR)
        net.at(20).tcpFiltered(webDmz, appA, 5003, { by: wall, how: 'icmp' })
      }),
    )
    expect(linesOf(audit)).toEqual(['rejected:forbidden_by_mode I-06.2 web-dmz-1 -> app-a'])
  })
})

describe('a capture that starts late (pitfall 1)', () => {
  const packets = story(120, (net, { web, webDmz, appA }) => {
    net.at(1).tcpOpen(web, appA, 5003, VENDOR)
    net.at(2).tcpOpen(appA, webDmz, 5003, VENDOR)
    net.at(3).tcpRefused(webDmz, appA, 5003)
    net.at(4).tcp(appA, webDmz, 5003, VENDOR)
    net.at(5).tcp(web, appA, 5003, VENDOR)
    net.at(30).tcpRefused(webDmz, appA, 5003)
  })

  test('accuses nobody of the wrong mode, wherever it is cut', async () => {
    for (let count = 0; count < packets.length - 1; count++) {
      const lines = linesOf(await told(cutFirst(packets, count)))
      const accusing = lines.filter(line => /^escaped|mode_conflict|no_control/.test(line))
      expect({ count, accusing }).toEqual({ count, accusing: [] })
    }
  })
})

test('what is told of a Web Server is as the schemas say, in EVE and in the result', () => {
  const packets = story(1900, (net, { web, webDmz, appA, wall, user }) => {
    net.at(1).tcpOpen(appA, webDmz, 5003, VENDOR)
    net.at(60).tcp(webDmz, appA, 5003, VENDOR)
    net.at(1).tcp(web, appA, 5003, VENDOR)
    for (const at of [700, 720]) net.at(at).tcp(appA, web, 5003, VENDOR)
    for (let at = 5; at < 1900; at += 300) net.at(at).tcp(user, webDmz, 80, VENDOR)
    net.at(1500).tcpFiltered(appA, web, 5003, { by: wall, how: 'icmp' })
    net.at(1520).tcpFiltered(web, appA, 5003, { by: wall, how: 'icmp' })
  })
  const { eve, json } = outputsOf(pcapOf(packets, { epochSeconds: 1_772_445_600 }), SITE)
  const events = eve
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  const result = JSON.parse(json)
  expect(events.flatMap(event => complaints('eve', event))).toEqual([])
  expect(complaints('result', result)).toEqual([])
  const reasons = result.findings.map(({ reason }: { reason: string | null }) => reason)
  for (const reason of ['mode_conflict', 'mode_changed', 'no_control_connection'])
    expect(reasons).toContain(reason)
  expect(reasons).toContain('no_data_connection')
})
