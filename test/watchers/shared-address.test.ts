// F-06: a clean move of the shared address is an event, two that hold it at once is a split brain, and what
// the sensor cannot tell it does not tell.

import { describe, expect, test } from 'vitest'
import { node } from '../policy/builders.ts'
import { mac, overhear, servers } from './overheard.ts'

const DECLARED = servers({ 'app-a': { macs: [mac('A')] }, 'app-b': { macs: [mac('B')] } })
const FAILOVER = 'event:failover app-a -> app-b'
const SPLIT = 'topology:split_brain vip -> vip'

describe('one that holds it', () => {
  test('keeps the statement', () => {
    const { kept, said, blind } = overhear(DECLARED, '1 A sends as vip', '30 A asks as vip').end(90)
    expect(said()).toEqual([])
    expect(kept).toContain('F-06')
    expect(blind.get('F-06')).toBeUndefined()
  })

  test('may send from its node address with the same card', () => {
    const node = overhear(servers(), '1 A sends as vip', '2 A sends as app-a', '3 A sends as vip')
    expect(node.end(90).said()).toEqual([])
  })

  test('may use the cards of a team in turn', () => {
    const site = servers({ 'app-a': { macs: [mac('A'), mac('C')] }, 'app-b': { macs: [mac('B')] } })
    const story = ['1 A sends as vip', '2 C sends as vip', '3 A answers as vip', '4 C asks as vip']
    expect(
      overhear(site, ...story)
        .end(90)
        .said(),
    ).toEqual([])
  })
})

describe('a clean move', () => {
  test('with gratuitous ARP is a failover', () => {
    const story = ['1 A sends as vip', '40 B asks as vip', '41 B sends as vip']
    const { observations, said } = overhear(DECLARED, ...story).end(120)
    expect(said()).toEqual([FAILOVER])
    expect(observations[0]).toMatchObject({
      ...{ row: 'F-06', confidence: 'confirmed', title: 'vip went from app-a to app-b' },
      why: [
        '1 s: 02:00:00:00:00:11 sends from 10.10.20.10 with TTL 64, a card of app-a.',
        '40 s: 02:00:00:00:00:12 asks by ARP as 10.10.20.10, a card of app-b.',
        'app-a was not heard with the address in the 60 s after that.',
        'Active now: app-b.',
      ],
    })
    expect(observations[0]?.frames.map(({ packet }) => packet.frame)).toEqual([1, 2])
  })

  test('that was announced only is probable', () => {
    const { observations } = overhear(DECLARED, '1 A sends as vip', '40 B asks as vip').end(120)
    expect(observations).toMatchObject([{ reason: 'failover', confidence: 'probable' }])
  })

  test('without ARP is one too, and told when the window is over', () => {
    const before = overhear(DECLARED, '1 A sends as vip', '40 B sends as vip', '100')
    expect(before.said()).toEqual([])
    const after = overhear(DECLARED, '1 A sends as vip', '40 B sends as vip', '101')
    expect(after.said()).toEqual([FAILOVER])
  })

  test('is only probable where the capture ends too soon', () => {
    const { observations } = overhear(DECLARED, '1 A sends as vip', '40 B sends as vip').end(50)
    expect(observations).toMatchObject([{ reason: 'failover', confidence: 'probable' }])
    expect(observations[0]?.why).toContain(
      'app-a was not heard with the address in the 10 s after that, when the capture ended.',
    )
  })

  test('may follow within a second of the old holder’s own announcement', () => {
    const story = ['1 A answers as vip', '1.5 B answers as vip']
    expect(
      overhear(DECLARED, ...story)
        .end(80)
        .said(),
    ).toEqual([FAILOVER])
  })

  test('may lead to an address of another network than the nodes’ own', () => {
    const vip = '192.0.2.10'
    const site = servers({ vip: node(`vip app-vip ${vip}`) })
    const own = ['1 A sends as app-a', '1 B sends as app-b']
    const story = [...own, `2 A sends as ${vip}`, `40 B sends as ${vip}`]
    expect(
      overhear(site, ...story)
        .end(120)
        .said(),
    ).toEqual([FAILOVER])
  })

  test('may leave a last packet of the old holder on its way', () => {
    const story = [
      '1 A sends as vip',
      '40 B asks as vip',
      '40.05 A sends as vip',
      '41 B sends as vip',
    ]
    expect(
      overhear(DECLARED, ...story)
        .end(120)
        .said(),
    ).toEqual([FAILOVER])
  })

  test('may look like a return where two sensors differ in time', () => {
    const story = (file: number) => [
      ...['1 A sends as vip', '40 B sends as vip file 1', `42 A sends as vip file ${file}`],
      '43 B sends as vip file 1',
    ]
    expect(
      overhear(DECLARED, ...story(0))
        .end(120)
        .said(),
    ).toEqual([FAILOVER])
    expect(
      overhear(DECLARED, ...story(1))
        .end(120)
        .said(),
    ).toEqual([SPLIT])
  })

  test('and back an hour later are two events', () => {
    const story = ['1 A sends as vip', '40 B sends as vip', '3640 A sends as vip']
    expect(
      overhear(DECLARED, ...story)
        .end(3800)
        .said(),
    ).toEqual([FAILOVER, 'event:failover app-b -> app-a'])
  })

  test('names servers by the cards that their own addresses were heard with', () => {
    const story = [
      '1 A sends as app-a',
      '1 B sends as app-b',
      '2 A sends as vip',
      '40 B sends as vip',
    ]
    expect(
      overhear(servers(), ...story)
        .end(120)
        .said(),
    ).toEqual([FAILOVER])
  })

  test('names the card where no server is known by it', () => {
    const { observations } = overhear(servers(), '2 A sends as vip', '40 B sends as vip').end(120)
    expect(observations).toMatchObject([
      { reason: 'failover', title: `vip went from the card ${mac('A')} to the card ${mac('B')}` },
    ])
  })
})

describe('two that hold it at once', () => {
  const stories: Readonly<Record<string, readonly string[]>> = {
    'send in turn': ['1 A sends as vip', '20 B sends as vip', '21 A sends as vip'],
    'send in turn, slowly': ['1 A sends as vip', '20 B sends as vip', '79 A sends as vip'],
    'answer ARP in turn': ['1 A answers as vip', '5 B answers as vip', '9 A answers as vip'],
    'answer the same question': [
      '1 A answers as vip to router',
      '1.0003 B answers as vip to router',
    ],
    'where one sends and the other answers ARP': [
      ...['1 A sends as vip', '20 B answers as vip to router', '40 A answers as vip to router'],
    ],
  }
  for (const [name, story] of Object.entries(stories))
    test(`${name}: split brain`, () => {
      const { observations, said } = overhear(DECLARED, ...story).end(81)
      expect(said()).toEqual([SPLIT])
      expect(observations).toMatchObject([
        { row: 'F-06', confidence: 'confirmed', title: 'vip is held by app-a and app-b at once' },
      ])
    })

  test('are told of with their packets, in order', () => {
    const story = ['1 A sends as vip', '20 B sends as vip', '21 A sends as vip']
    const { observations } = overhear(DECLARED, ...story)
    expect(observations[0]).toMatchObject({ firstNs: 1e9, lastNs: 21e9 })
    expect(observations[0]?.frames.map(({ packet }) => packet.frame)).toEqual([1, 2, 3])
  })

  test('until one gives up, which is a failover', () => {
    const story = [
      '1 A sends as vip',
      '20 B sends as vip',
      '21 A sends as vip',
      '22 B sends as vip',
    ]
    expect(
      overhear(DECLARED, ...story)
        .end(200)
        .said(),
    ).toEqual([SPLIT])
    expect(
      overhear(DECLARED, ...story, '90 B asks as vip')
        .end(200)
        .said(),
    ).toEqual([SPLIT, FAILOVER])
  })

  test('until the first one has it again, which is none', () => {
    const story = ['1 A sends as vip', '20 B sends as vip', '21 A sends as vip', '90 A asks as vip']
    expect(
      overhear(DECLARED, ...story)
        .end(200)
        .said(),
    ).toEqual([SPLIT])
  })

  test('answer the same question, as two sensors with clocks of their own tell it', () => {
    const story = [
      '1 A answers as vip to router',
      '1.5 B answers as vip to router file 1',
      '2 B sends as vip file 1',
    ]
    expect(
      overhear(DECLARED, ...story)
        .end(80)
        .said(),
    ).toEqual([FAILOVER])
  })

  test('one of them with a card that took the other’s node address just before', () => {
    const story = ['2 X asks as app-a', '3 X answers as vip', '4 A asks as vip']
    for (const site of [DECLARED, servers()]) {
      const all = overhear(site, '1 A sends as app-a', '1 A sends as vip', ...story)
      expect(all.said()).toEqual(['topology:node_mac_changed app-a -> app-a', SPLIT])
    }
  })

  test('one of them with a card that is not declared for the node whose address it took', () => {
    const story = ['2 X asks as app-a', '3 A sends as vip', '4 X answers as vip', '5 A asks as vip']
    expect(overhear(DECLARED, ...story).said()).toContain(SPLIT)
  })

  test('answer different questions in one second: the second one may have taken over', () => {
    const story = ['1 A answers as vip to router', '1.5 B answers as vip to web-dmz-1']
    expect(
      overhear(DECLARED, ...story)
        .end(80)
        .said(),
    ).toEqual([FAILOVER])
  })
})

describe('a stranger', () => {
  test('that takes it over quietly is no failover', () => {
    const { observations } = overhear(DECLARED, '1 A sends as vip', '20 X answers as vip').end(90)
    expect(observations).toMatchObject([
      {
        ...{ verdict: 'topology', reason: 'shared_address_taken', row: 'F-06' },
        ...{ confidence: 'probable', title: 'vip is held by a card of no Application Server' },
      },
    ])
  })

  test('that floods with random cards is told of once in a minute, and remembered by nobody', () => {
    const random = (index: number) =>
      `02:66:00:${byte(index >> 16)}:${byte(index >> 8)}:${byte(index)}`
    const flood = Array.from(
      { length: 2000 },
      (_, index) => `${(10 + index / 20).toFixed(2)} ${random(index)} answers as vip`,
    )
    const { observations, said, segment } = overhear(DECLARED, '1 A sends as vip', ...flood)
    expect(new Set(said())).toEqual(new Set([SPLIT]))
    expect(observations.length).toBe(2) // 100 s of it
    expect(segment.active.activeNode(50e9)).toBeNull()
  })
})

describe('the sensor cannot tell', () => {
  test('where it hears copies that a router passed on', () => {
    const story = ['1 A sends as vip', '2 R sends as vip ttl 63', '3 A sends as vip']
    expect(
      overhear(DECLARED, ...story)
        .end(90)
        .said(),
    ).toEqual([])
  })

  test('where a router answers ARP for the address', () => {
    const story = [
      '1 R answers as router to vip',
      '2 A sends as vip',
      '3 R answers as vip',
      '4 A asks as vip',
    ]
    expect(
      overhear(DECLARED, ...story)
        .end(90)
        .said(),
    ).toEqual([])
  })

  test('where cards that routers share answer for it', () => {
    const shared = [
      '00:00:5e:00:01:0a',
      '00:00:0c:07:ac:05',
      '00:00:0c:9f:f0:01',
      '00:07:b4:00:01:02',
    ]
    for (const card of shared) {
      const story = ['2 A sends as vip', `3 ${card} answers as vip`, '4 A asks as vip']
      expect(
        overhear(DECLARED, ...story)
          .end(90)
          .said(),
      ).toEqual([])
    }
  })

  test('where a card answers for it that brings packets of two networks', () => {
    const carried = ['1 X sends as media-1 ttl 63', '1 X sends as web-dmz-1 ttl 5']
    const story = [...carried, '2 A sends as vip', '3 X answers as vip', '4 A asks as vip']
    expect(
      overhear(DECLARED, ...story)
        .end(90)
        .said(),
    ).toEqual([])
  })

  test('unless it is one host’s in two networks', () => {
    const both = node('app-a app 10.10.20.11,192.0.2.11', { macs: [mac('A')] })
    const own = ['1 A sends as app-a', '1 A sends as 192.0.2.11']
    const story = [...own, '2 A sends as vip', '3 X answers as vip', '4 A asks as vip']
    expect(
      overhear(servers({ 'app-a': both }), ...story)
        .end(90)
        .said(),
    ).toEqual([SPLIT])
  })

  test('behind a router', () => {
    const { blind, kept, said } = overhear(DECLARED, '1 R sends as vip ttl 63').end(90)
    expect(said()).toEqual([])
    expect(kept).not.toContain('F-06')
    expect(blind.get('F-06')).toBe(
      "No ARP of the shared address and no frame of it with an initial TTL: this sensor is not on the servers' segment.",
    )
  })

  test('without a shared address', () => {
    const nodes = servers().nodes.filter(({ name }) => name !== 'vip')
    expect(
      overhear({ ...servers(), nodes })
        .end(9)
        .blind.get('F-06'),
    ).toBe('The site declares no shared address, a node with role app-vip.')
  })

  test('from ARP whose sender is a group or nobody', () => {
    const story = ['1 A sends as vip', '2 ff:ff:ff:ff:ff:ff answers as vip']
    const malformed = [...story, '3 00:00:00:00:00:00 answers as vip', '4 B asks as 0.0.0.0 to vip']
    expect(
      overhear(DECLARED, ...malformed)
        .end(90)
        .said(),
    ).toEqual([])
  })
})

describe('who is active', () => {
  const at = (seconds: number, ...story: readonly string[]) =>
    overhear(DECLARED, ...story).segment.active.activeNode(seconds * 1e9)
  const moved = ['10 A sends as vip', '40 B sends as vip'] as const

  test('is unknown before the first proof', () => {
    expect(at(9, ...moved)).toBeNull()
  })

  test('is who holds the address', () => {
    expect([at(10, ...moved), at(39, ...moved), at(40, ...moved)]).toEqual([
      'app-a',
      'app-a',
      'app-b',
    ])
  })

  test('is nobody while several hold it, from the first doubt on', () => {
    const split = [...moved, '41 A sends as vip']
    expect([at(39, ...split), at(40, ...split), at(50, ...split)]).toEqual(['app-a', null, null])
  })

  test('is known again by the first claim after a minute without dispute', () => {
    const over = [...moved, '41 A sends as vip', '42 B sends as vip', '103 B asks as vip']
    expect([at(102, ...over), at(103, ...over)]).toEqual([null, 'app-b'])
  })

  test('during a time that a move divides is unknown', () => {
    const { segment } = overhear(DECLARED, ...moved)
    expect(segment.active.activeDuring(1e9, 39e9)).toBe('app-a')
    expect(segment.active.activeDuring(20e9, 45e9)).toBeNull()
  })

  test('is remembered for 64 moves', () => {
    const moves = Array.from(
      { length: 70 },
      (_, index) => `${100 * index + 1} ${'AB'[index % 2]} sends as vip`,
    )
    const { segment } = overhear(DECLARED, ...moves)
    expect(segment.active.activeNode(5e9)).toBeNull()
    expect(segment.active.activeNode(610e9)).toBe('app-a')
  })
})

const byte = (value: number): string => (value & 0xff).toString(16).padStart(2, '0')
