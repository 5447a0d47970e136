// Step 8 of the order of decision: what silence proves depends on where the sensor stands.

import { describe, expect, test } from 'vitest'
import { type Cast, judgedIn, outcomeIn } from './cast.ts'
import { SITE } from './rows/site.ts'

/** From the DMZ into the core, at a port that only the core may use. */
const knock = ({ net, web, app }: Cast) => net.at(10).tcpSilent(web, app, 8080, { tries: 3 })

/** The same, where answers between the two have been seen and the target is alive. */
const visibleKnock = (cast: Cast) => {
  cast.net.at(1).tcp(cast.web, cast.app, 61_004)
  cast.net.at(12).udp(cast.app, cast.web, 123)
  return knock(cast)
}

describe('an attempt that no row allows and nobody answers', () => {
  test('is no proof where the place of the sensor is not declared', async () => {
    expect(await outcomeIn(knock)).toBe('rejected I-08 by unanswered, possible')
    expect(await outcomeIn(visibleKnock)).toBe('rejected I-08 by BS2, possible')
  })

  test('has passed the filter where it is seen in the zone of its target', async () => {
    const stage = { sensor: 'core-span' }
    expect(await outcomeIn(knock, stage)).toBe('escaped:over_exposed I-08 by unanswered, probable')
    const judged = await judgedIn(visibleKnock, stage)
    expect(judged.verdict).toMatchObject({
      kind: 'escaped',
      outcome: { state: 'unanswered', signature: 'BS2' },
      why: ['Seen in the zone of the server itself, so the filter before it let it through.'],
    })
  })

  test('was stopped on its way where it is seen in the zone of its source', async () => {
    const stage = { sensor: 'dmz-span' }
    expect(await outcomeIn(knock, stage)).toBe('rejected I-08 by unanswered, possible')
    expect(await outcomeIn(visibleKnock, stage)).toBe('rejected I-08 by BS2, probable')
  })

  test('is no proof where the sensor mirrors both zones', async () => {
    const stage = { sensor: 'both-spans' }
    expect(await outcomeIn(visibleKnock, stage)).toBe('rejected I-08 by BS2, possible')
  })

  test('meets no filter within one zone', async () => {
    const verdict = await outcomeIn(
      ({ net, audio, app }) => net.at(10).tcpSilent(audio, app, 5003, { tries: 3 }),
      { sensor: 'core-span' },
    )
    expect(verdict).toBe('rejected I-06 by unanswered, possible')
  })

  test('at the address that the outside sees is not yet in the zone', async () => {
    const verdict = await outcomeIn(
      ({ net, external }) => {
        const outside = net.host('outside', { ip: '198.51.100.20' })
        return net.at(10).tcpSilent(external, outside, 1433, { tries: 3 })
      },
      { sensor: 'dmz-span' },
    )
    expect(verdict).toBe('rejected I-31 by unanswered, possible')
  })
})

// on 5003 host and firewall may both close, and the Web Server may go on trying.
describe('5003 inbound while the connection is reversed', () => {
  const site = SITE.replace('web-reverse: reverse', 'web-dmz: reverse')

  for (const sensor of [null, 'core-span', 'dmz-span'])
    test(`is closed when nobody answers, seen by ${sensor ?? 'a sensor somewhere'}`, async () => {
      const verdict = await outcomeIn(
        ({ net, web, app }) => net.at(10).tcpSilent(web, app, 5003, { tries: 3 }),
        { sensor, site },
      )
      expect(verdict).toBe('rejected I-06.2 by unanswered, possible')
    })

  test('is closed when the host itself refuses', async () => {
    const verdict = await outcomeIn(({ net, web, app }) => net.at(5).tcpRefused(web, app, 5003), {
      site,
    })
    expect(verdict).toBe('rejected I-06.2 by BS4, probable')
  })

  test('is closed when a filter says so', async () => {
    const verdict = await outcomeIn(
      ({ net, web, app, wall }) => net.at(5).tcpFiltered(web, app, 5003, { by: wall, how: 'icmp' }),
      { site },
    )
    expect(verdict).toBe('rejected I-06.2 by BS1, confirmed')
  })

  test('is broken when it is answered', async () => {
    const verdict = await outcomeIn(({ net, web, app }) => net.at(5).tcp(web, app, 5003), { site })
    expect(verdict).toBe('escaped:forbidden_by_mode I-06.2 by answered, confirmed')
  })

  test('from anybody but a Web Server, a refusal proves no filter', async () => {
    const verdict = await outcomeIn(
      ({ net, external, app }) => net.at(5).tcpRefused(external, app, 5003),
      { site },
    )
    expect(verdict).toBe('rejected I-06 by BS4, probable, not_filtered')
  })
})
