// Step 3 of the order of decision: a flow whose direction is only a hint is read both ways.

import { describe, expect, test } from 'vitest'
import type { Packet } from '../../fixtures/scenario/pcap.ts'
import { type Cast, judgedIn, outcomeIn } from './cast.ts'

describe('a connection picked up in its middle', () => {
  const idle = ({ net, web, app }: Cast) => net.at(5).tcpMidstream(web, app, 61_004)

  test('is possibly permitted where one port alone is a row of its own end', async () => {
    const judged = await judgedIn(idle)
    expect(judged.flow.basis).toBe('first_packet')
    expect(judged.verdict).toMatchObject({
      kind: 'permitted_unverified',
      ...{ row: 'I-12', confidence: 'possible' },
      why: ['The direction is inferred from the one port that is a row of its own end.'],
    })
  })

  test('comes back turned round where the server was heard first', async () => {
    const judged = await judgedIn(({ net, web, app }) => {
      // What the sensor hears first is the answer.
      net
        .at(5)
        .tcpMidstream(app, web, 50_999, { clientPort: 61_004, exchanges: 2, request: 'long' })
      return { clientPort: 50_999, endSeconds: 0 }
    })
    expect(judged.verdict).toMatchObject({ kind: 'permitted_unverified', row: 'I-12' })
    expect(judged.client.node?.name).toBe('web-dmz')
    expect(judged.flow.server.port).toBe(61_004)
    // Each end keeps what it sent: two questions of 4 bytes and two acknowledgements each.
    expect(judged.flow.toClient.packets).toBe(4)
    expect(judged.flow.toServer.packets).toBe(4)
  })

  test('is allowed as usual where both readings are', async () => {
    const verdict = await outcomeIn(({ net, app, appB }) =>
      net.at(5).tcpMidstream(app, appB, 2008, { clientPort: 2008 }),
    )
    expect(verdict).toBe('permitted I-05 by answered, probable')
  })

  test('stays open where both ports are rows of their own ends', async () => {
    const judged = await judgedIn(({ net, web, app }) =>
      net.at(5).tcpMidstream(web, app, 61_004, { clientPort: 1433 }),
    )
    expect(judged.verdict).toMatchObject({
      ...{ kind: 'undetermined', reason: 'weak_direction', row: 'I-12' },
      why: ['the handshake was not seen, and either port may be the server.'],
    })
  })

  // 3333 is a row of the Media Server alone, so that its being a client port of others says
  // nothing.
  test('is not misled by a client port that is a row of somebody else', async () => {
    const verdict = await outcomeIn(({ net, app, appB }) =>
      net.at(5).tcpMidstream(app, appB, 2008, { clientPort: 3333 }),
    )
    expect(verdict).toBe('permitted_unverified I-05 by answered, possible')
  })

  test('is over-exposed, probably, where neither reading is allowed', async () => {
    const verdict = await outcomeIn(({ net, external, app }) =>
      net.at(5).tcpMidstream(external, app, 61_004),
    )
    expect(verdict).toBe('escaped:over_exposed I-12 by answered, probable')
  })

  test('is over-exposed at its server also where that was heard first', async () => {
    const judged = await judgedIn(({ net, external, app }) =>
      net.at(5).tcpMidstream(app, external, 50_999, { clientPort: 61_004 }),
    )
    expect(judged.verdict).toMatchObject({ kind: 'escaped', reason: 'over_exposed', row: 'I-12' })
    expect(judged.client.role).toBe('external')
  })

  test('never breaks a rule of direction', async () => {
    const judged = await judgedIn(({ net, app, web }) => net.at(5).tcpMidstream(app, web, 61_004))
    expect(judged.flow.server.port).toBe(61_004)
    expect(judged.verdict).toMatchObject({
      ...{ kind: 'escaped', reason: 'unlisted', confidence: 'probable' },
      why: ['No row allows it either way, and its direction is a guess (first_packet).'],
    })
  })

  test('is unlisted outbound, whoever was heard first', async () => {
    for (const tell of [
      ({ net, app, external }: Cast) => net.at(5).tcpMidstream(app, external, 9443),
      ({ net, app, external }: Cast) => {
        net.at(5).tcpMidstream(external, app, 50_999, { clientPort: 9443 })
        return { clientPort: 50_999, endSeconds: 0 }
      },
    ]) {
      const { verdict } = await judgedIn(tell)
      expect(verdict).toMatchObject({ kind: 'escaped', reason: 'unlisted', bound: 'outbound' })
    }
  })
})

describe('a connection whose port lies outside every dynamic range', () => {
  test('has a direction, though its handshake was not seen', async () => {
    const judged = await judgedIn(({ net, web, app }) => net.at(5).tcpMidstream(web, app, 5003))
    expect(judged.flow.basis).toBe('reserved_port')
    expect(judged.verdict).toMatchObject({ kind: 'permitted', row: 'I-06', confidence: 'probable' })
  })
})

// A verdict on them would be one on backscatter: somebody else's answers to forged questions, for
// one.
describe('stray segments', () => {
  const loses = ({ to }: Packet) => to === 'external'

  test('that acknowledge nothing new get no verdict', async () => {
    const judged = await judgedIn(
      ({ net, external, app }) =>
        net.at(5).tcpMidstream(external, app, 61_004, { exchanges: 0, keepAlives: 1 }),
      { loses },
    )
    expect(judged.verdict).toMatchObject({
      ...{ kind: 'undetermined', reason: 'one_way' },
      why: ['stray segments that belong to no connection seen here.'],
    })
  })

  test('are what is left of a refusal when its SYN was not seen', async () => {
    for (const port of [22, 61_003]) {
      const judged = await judgedIn(
        ({ net, admin, app }) => {
          net.at(1).tcp(admin, app, port, { rttMs: 10 })
          return net.at(5).tcpRefused(admin, app, port, { clientPort: 50_999 })
        },
        { loses: ({ from, timeNs }) => from === 'admin' && timeNs > 4e9 },
      )
      expect(judged.verdict).toMatchObject({ kind: 'undetermined', reason: 'one_way' })
    }
  })
})

describe('media', () => {
  test('is allowed whoever sends first', async () => {
    for (const tell of [
      ({ net, audio, app }: Cast) =>
        net.at(5).rtp(audio, app, { sourcePort: 16_400, port: 20_000 }),
      ({ net, audio, app }: Cast) =>
        net.at(5).rtp(app, audio, { sourcePort: 20_000, port: 16_400 }),
    ])
      expect(await outcomeIn(tell)).toMatch(/^permitted I-(13|25) by one_way, probable/)
  })
})
