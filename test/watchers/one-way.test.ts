// Voice that goes one way: told where nothing comes back for five seconds though it would be seen, and nowhere
// else.

import { describe, expect, test } from 'vitest'
import { receiverReport, senderReport } from '../quality/rtcp-story.ts'
import { judgedIn } from './chunked.ts'
import { callStory, provenVisible, type Told } from './one-way-story.ts'
import { SITE } from './site.ts'
import { linesOf, told } from './story.ts'

type Tell = (told: Told) => void

/** Groups stand in a network of phones, so that nothing but what they are tells them from those. */
const GROUPS = SITE.replace(
  'networks:',
  'networks:\n  - {prefix: 239.1.0.0/16, zone: user-net, role: phone}',
)

const heard = async (tell: Tell, seconds = 40) => {
  const all = await told(callStory(seconds, tell), GROUPS)
  const findings = all.findings.filter(({ reason }) => reason === 'one_way')
  return { ...all, findings, lines: linesOf({ ...all, findings }) }
}
const linesFor = async (tell: Tell, seconds?: number) => (await heard(tell, seconds)).lines

const PHONE_SILENT = 'degraded:one_way I-25 phone@user-net -> media-1a'
const BLADE_SILENT = 'degraded:one_way O-13 media-1a -> phone@user-net'

describe('one-way voice is told', () => {
  test('where a phone is never heard, with what was seen', async () => {
    const { findings } = await heard(story => {
      provenVisible(story)
      story.say(story.cast.audio, story.cast.phone, { from: 5, to: 15, ssrc: 0x3796cb71 })
    })
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatchObject({
      ...{ verdict: 'degraded', reason: 'one_way', row: 'I-25', severity: 'medium', members: 1 },
      ...{ confidence: 'probable', source: 'phone@user-net', destination: 'media-1a' },
      title: 'Voice goes one way: media-1a hears nothing from phone@user-net',
      firstNs: 5e9,
    })
    expect(findings[0]?.lastNs).toBeGreaterThanOrEqual(10e9)
    expect(findings[0]?.why[0]).toBe(
      'Voice goes from 10.10.20.31 port 16400 to 10.30.0.7 port 24580, SSRC 0x3796CB71, payload type 0.',
    )
    expect(findings[0]?.why[1]).toBe('Nothing ever came back.')
    expect(findings[0]?.frames).toMatchObject([{ timeNs: 5e9, packet: { file: 0 } }])
  })

  test('after it went both ways, since the last packet that came back', async () => {
    const { findings } = await heard(({ cast, say }) => {
      say(cast.audio, cast.phone, { from: 5, to: 25, ssrc: 1 })
      say(cast.phone, cast.audio, { from: 5, to: 12, ssrc: 0xabc })
    })
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatchObject({ confidence: 'confirmed', row: 'I-25', firstNs: 12e9 })
    expect(findings[0]?.why[1]).toBe(
      'The last packet that came back is of 2026-03-02 10:00:12.000Z, SSRC 0x00000ABC.',
    )
  })

  const cases: readonly [string, Tell, string][] = [
    [
      'for exactly five seconds',
      ({ cast, say }) => {
        say(cast.audio, cast.phone, { from: 5, to: 17 })
        say(cast.phone, cast.audio, { from: 5, to: 12 })
      },
      PHONE_SILENT,
    ],
    [
      'as the capture ends',
      ({ cast, say }) => {
        say(cast.audio, cast.phone, { from: 5, to: 40.9 })
        say(cast.phone, cast.audio, { from: 5, to: 35.5 })
      },
      PHONE_SILENT,
    ],
    [
      'where the blade is silent',
      story => {
        provenVisible(story)
        story.say(story.cast.phone, story.cast.audio, { from: 5, to: 11 })
      },
      BLADE_SILENT,
    ],
    [
      'where the ways use ports of their own',
      ({ cast, say }) => {
        say(cast.audio, cast.phone, { from: 5, to: 20, ports: [16_500, 24_580] })
        say(cast.phone, cast.audio, { from: 5, to: 10, ports: [24_900, 16_400] })
      },
      PHONE_SILENT,
    ],
    [
      'of voice towards a video blade',
      story => {
        provenVisible(story, story.cast.video)
        story.say(story.cast.video, story.cast.phone, { from: 5, to: 11, ports: [20_010, 24_580] })
      },
      'degraded:one_way I-26 phone@user-net -> media-1v',
    ],
    [
      'while another call between the two goes both ways',
      ({ cast, say }) => {
        say(cast.audio, cast.phone, { from: 3, to: 30, ports: [16_500, 24_700] })
        say(cast.phone, cast.audio, { from: 3, to: 30, ports: [24_700, 16_500] })
        say(cast.audio, cast.phone, { from: 5, to: 15 })
      },
      PHONE_SILENT,
    ],
    [
      'where the source changed in the middle',
      ({ cast, say }) => {
        say(cast.phone, cast.audio, { from: 4, to: 5, ssrc: 9 })
        say(cast.audio, cast.phone, { from: 4, to: 7, ssrc: 1 })
        say(cast.audio, cast.phone, { from: 7.02, to: 12, ssrc: 2 })
      },
      PHONE_SILENT,
    ],
    [
      'where the silent end reports that it sends',
      ({ cast, say, rtcp }) => {
        say(cast.audio, cast.phone, { from: 5, to: 35 })
        say(cast.phone, cast.audio, { from: 5, to: 10, ssrc: 7 })
        for (const at of [9, 13, 18, 23, 28])
          rtcp(at, cast.phone, cast.audio, senderReport(7, [at, 1], 50 * (at - 5)))
      },
      PHONE_SILENT,
    ],
    [
      'where it stops to report, too',
      ({ cast, say, rtcp }) => {
        say(cast.audio, cast.phone, { from: 5, to: 35 })
        say(cast.phone, cast.audio, { from: 5, to: 10, ssrc: 7 })
        rtcp(9, cast.phone, cast.audio, senderReport(7, [9, 1], 200))
      },
      PHONE_SILENT,
    ],
    [
      'after a hold is over',
      ({ cast, say, describe: sip }) => {
        sip(3, cast.phone, 24_580, 'a=sendonly')
        sip(4, cast.phone, 24_580, 'a=sendrecv')
        say(cast.phone, cast.audio, { from: 5, to: 6 })
        say(cast.audio, cast.phone, { from: 5, to: 20 })
      },
      PHONE_SILENT,
    ],
  ]
  for (const [title, tell, line] of cases)
    test(title, async () => {
      expect(await linesFor(tell)).toEqual([line])
    })

  test('twice where it came back in between, as two members', async () => {
    const { findings } = await heard(({ cast, say }) => {
      say(cast.audio, cast.phone, { from: 5, to: 35 })
      say(cast.phone, cast.audio, { from: 5, to: 10, ssrc: 7, sequence: 1 })
      say(cast.phone, cast.audio, { from: 18, to: 24, ssrc: 7, sequence: 252 })
    })
    expect(findings.map(({ members, firstNs }) => [members, firstNs])).toEqual([[2, 10e9]])
  })

  test('the same, however often it is looked at: one member that goes on', async () => {
    const { findings } = await heard(({ cast, say }) => {
      say(cast.audio, cast.phone, { from: 5, to: 75 })
      say(cast.phone, cast.audio, { from: 5, to: 10 })
    }, 80)
    expect(findings).toMatchObject([{ members: 1, firstNs: 10e9 }])
    expect(findings[0]?.lastNs).toBeGreaterThan(64e9)
  })
})

describe('nothing is told', () => {
  const both: Tell = ({ cast, say }) => {
    say(cast.audio, cast.phone, { from: 5, to: 35 })
    say(cast.phone, cast.audio, { from: 5, to: 35 })
  }
  const cases: readonly [string, Tell][] = [
    ['where voice goes both ways', both],
    [
      'for 4.98 seconds',
      ({ cast, say }) => {
        say(cast.audio, cast.phone, { from: 5, to: 16.98 })
        say(cast.phone, cast.audio, { from: 5, to: 12 })
      },
    ],
    [
      'for 4.9 seconds from the start',
      story => {
        provenVisible(story)
        story.say(story.cast.audio, story.cast.phone, { from: 5, to: 9.9 })
      },
    ],
    [
      'where the silence ends after 4.98 seconds, again and again',
      ({ cast, say }) => {
        say(cast.audio, cast.phone, { from: 5, to: 35 })
        for (let at = 5; at < 35; at += 5)
          say(cast.phone, cast.audio, { from: at, to: at + 0.02, ssrc: 7, sequence: at })
        say(cast.phone, cast.audio, { from: 5.04, to: 5.2, ssrc: 8 })
      },
    ],
    [
      'where both ways use ports of their own',
      ({ cast, say }) => {
        say(cast.audio, cast.phone, { from: 5, to: 35, ports: [16_500, 24_580] })
        say(cast.phone, cast.audio, { from: 5, to: 35, ports: [24_900, 16_400] })
      },
    ],
    [
      'where the call ends both ways',
      ({ cast, say }) => {
        say(cast.audio, cast.phone, { from: 5, to: 15 })
        say(cast.phone, cast.audio, { from: 5, to: 14.2 })
      },
    ],
    [
      'where a phone falls silent after comfort noise',
      ({ cast, say }) => {
        say(cast.audio, cast.phone, { from: 5, to: 35 })
        say(cast.phone, cast.audio, { from: 5, to: 10, ssrc: 7, sequence: 100 })
        const noise = { ssrc: 7, payloadType: 13, sequence: 351, payloadBytes: 1 }
        say(cast.phone, cast.audio, { from: 10.02, to: 10.02, ...noise })
      },
    ],
    [
      'where G.729 falls silent without a word',
      ({ cast, say }) => {
        const voice = { payloadType: 18, payloadBytes: 20 }
        say(cast.audio, cast.phone, { from: 5, to: 35, ...voice })
        say(cast.phone, cast.audio, { from: 5, to: 10, ...voice })
      },
    ],
    [
      'where the silent end goes on to report that it sends nothing',
      ({ cast, say, rtcp }) => {
        say(cast.audio, cast.phone, { from: 5, to: 35 })
        say(cast.phone, cast.audio, { from: 5, to: 10, ssrc: 7 })
        for (let at = 6; at < 40; at += 6)
          rtcp(at, cast.phone, cast.audio, senderReport(7, [at, 1], 251))
      },
    ],
    [
      'where the silent end only receives, and says so',
      story => {
        provenVisible(story)
        story.say(story.cast.audio, story.cast.phone, { from: 5, to: 35 })
        for (let at = 6; at < 40; at += 6)
          story.rtcp(at, story.cast.phone, story.cast.audio, receiverReport(7, { about: 1 }))
      },
    ],
    ...['sendonly', 'recvonly', 'inactive'].flatMap((direction): [string, Tell][] => [
      [
        `where the phone says ${direction}`,
        story => {
          provenVisible(story)
          story.describe(4, story.cast.phone, 24_580, `a=${direction}`)
          story.say(story.cast.audio, story.cast.phone, { from: 5, to: 35 })
        },
      ],
      [
        `where the blade says ${direction}, in the middle of the call`,
        ({ cast, say, describe: sip }) => {
          sip(4, cast.audio, 16_400)
          say(cast.audio, cast.phone, { from: 5, to: 35 })
          say(cast.phone, cast.audio, { from: 5, to: 10 })
          sip(10, cast.audio, 16_400, `a=${direction}`)
        },
      ],
    ]),
    [
      'where a call on hold goes by other ports than were announced',
      story => {
        provenVisible(story)
        story.describe(4, story.cast.phone, 30_010, 'a=sendonly')
        story.say(story.cast.audio, story.cast.phone, { from: 5, to: 35 })
      },
    ],
    [
      'where the call is put on hold by the address of nobody',
      ({ cast, say, describe: sip }) => {
        sip(4, cast.phone, 24_580)
        say(cast.phone, cast.audio, { from: 5, to: 35 })
        say(cast.audio, cast.phone, { from: 5, to: 10 })
        sip(10, cast.phone, 24_580, 'c=IN IP4 0.0.0.0')
      },
    ],
    [
      'where the Application Server records (I-13)',
      story => {
        const { cast, say } = story
        provenVisible(story)
        story.net.at(2).udp(cast.audio, cast.app, 22_000, { clientPort: 16_410 })
        say(cast.audio, cast.app, { from: 5, to: 35, ports: [16_410, 22_000] })
      },
    ],
    [
      'where pictures go one way',
      story => {
        provenVisible(story, story.cast.video)
        const { cast, say } = story
        say(cast.video, cast.phone, { from: 5, to: 35, ports: [20_010, 24_580], payloadType: 34 })
        const agreed = { payloadType: 97, ticksPerMs: 90 }
        say(cast.audio, cast.phone, { from: 5, to: 35, ports: [16_500, 24_582], ...agreed })
      },
    ],
    [
      'where media goes to a group',
      story => {
        provenVisible(story)
        story.say(story.cast.audio, story.cast.group, { from: 5, to: 35 })
      },
    ],
    [
      'where somebody outside sends what no row allows',
      story => {
        const { net, cast, say } = story
        net.at(2).udp(cast.stranger, cast.audio, 16_400, { clientPort: 5000 })
        say(cast.stranger, cast.audio, { from: 5, to: 35, ports: [5000, 16_402] })
      },
    ],
    [
      'where the voice is older than the capture',
      story => {
        provenVisible(story)
        story.say(story.cast.audio, story.cast.phone, { from: 0, to: 35 })
      },
    ],
    [
      'where noise alone goes one way',
      story => {
        provenVisible(story)
        const noise = { payloadType: 13, payloadBytes: 1 }
        story.say(story.cast.audio, story.cast.phone, { from: 5, to: 35, ...noise })
      },
    ],
    [
      'where there are pauses',
      story => {
        provenVisible(story)
        for (let at = 5; at < 35; at += 6)
          story.say(story.cast.audio, story.cast.phone, {
            ...{ from: at, to: at + 3, ssrc: 1, sequence: 25 * at },
          })
      },
    ],
  ]
  for (const [title, tell] of cases)
    test(title, async () => {
      expect(await linesFor(tell)).toEqual([])
    })
})

describe('nobody can tell', () => {
  test('where one way of the pair was never seen', async () => {
    const { lines, note } = await heard(({ cast, say }) => {
      say(cast.audio, cast.phone, { from: 5, to: 35 })
    })
    expect(lines).toEqual([])
    expect(note('I-25')?.blind).toBe(
      'Voice from media-1a to phone@user-net was seen, and nothing shows that the way back would be seen here.',
    )
  })

  test('where who sends reports that it hears the other', async () => {
    const { lines, note } = await heard(story => {
      provenVisible(story)
      const { cast, say, rtcp } = story
      say(cast.audio, cast.phone, { from: 5, to: 35 })
      for (let at = 3; at < 40; at += 2)
        rtcp(at, cast.audio, cast.phone, receiverReport(1, { about: 7, highest: 50 * at }))
    })
    expect(lines).toEqual([])
    expect(note('I-25')?.blind).toContain('way back')
  })
})

describe('however the input is cut', () => {
  const packets = callStory(40, ({ cast, say, rtcp }) => {
    say(cast.audio, cast.phone, { from: 5, to: 35 })
    say(cast.phone, cast.audio, { from: 5, to: 12, ssrc: 7 })
    for (const at of [9, 14, 19, 24]) rtcp(at, cast.phone, cast.audio, senderReport(7, [at, 1], at))
  })

  test.each([1, 7, 100])('in chunks of %i packets, the same is told', async count => {
    const whole = judgedIn(packets)
    expect(whole.findings.map(({ reason }) => reason)).toContain('one_way')
    expect(judgedIn(packets, count)).toEqual(whole)
  })
})
