// The block signatures (requirements 1.1) as packets, judged through the whole pipeline: what a
// filter does, what the host does itself, and what nobody can tell.

import { describe, expect, test } from 'vitest'
import { type Cast, outcomeIn } from './cast.ts'

/** A connection that shows how the host answers, and that answers between these two are seen. */
const warmUp = ({ net, admin, app }: Cast, rttMs = 10) => net.at(1).tcp(admin, app, 22, { rttMs })

describe('BS1: a filter says so', () => {
  for (const code of [9, 10, 13])
    test(`by ICMP 3/${code}`, async () => {
      const verdict = await outcomeIn(({ net, admin, app, wall }) =>
        net.at(5).tcpFiltered(admin, app, 22, { by: wall, how: 'icmp', code }),
      )
      expect(verdict).toBe('misdropped I-01 by BS1, confirmed')
    })

  for (const code of [1, 5, 6])
    test(`by ICMPv6 1/${code}`, async () => {
      const verdict = await outcomeIn(
        ({ net, admin, app, wall }) =>
          net.at(5).tcpFiltered(admin, app, 22, { by: wall, how: 'icmp', code }),
        { version: 6 },
      )
      expect(verdict).toBe('misdropped I-01 by BS1, confirmed')
    })

  test('to a datagram, whose direction rests on its port alone', async () => {
    const verdict = await outcomeIn(({ net, admin, app, wall }) =>
      net.at(5).udpFiltered(admin, app, 161, { by: wall }),
    )
    expect(verdict).toBe('misdropped I-04 by BS1, probable')
  })

  test('which is a control that works, where no row allows the flow', async () => {
    const verdict = await outcomeIn(({ net, external, app, wall }) =>
      net.at(5).tcpFiltered(external, app, 22, { by: wall, how: 'icmp' }),
    )
    expect(verdict).toBe('rejected I-01 by BS1, confirmed')
  })
})

describe('BS2: silence', () => {
  const knock = ({ net, admin, app }: Cast) => net.at(10).tcpSilent(admin, app, 22, { tries: 3 })

  test('is probably a filter where the target is heard meanwhile', async () => {
    const verdict = await outcomeIn(cast => {
      warmUp(cast)
      cast.net.at(20).udp(cast.app, cast.web, 123)
      return knock(cast)
    })
    expect(verdict).toBe('misdropped I-01 by BS2, probable')
  })

  test('is possibly a filter where nothing shows the target alive', async () => {
    const verdict = await outcomeIn(cast => {
      warmUp(cast)
      return knock(cast)
    })
    expect(verdict).toBe('misdropped I-01 by BS2, possible')
  })

  test('says nothing where answers between the two were never seen', async () => {
    const verdict = await outcomeIn(cast => {
      // The target is alive, and others see its answers.
      cast.net.at(11).tcp(cast.appB, cast.app, 2008)
      return knock(cast)
    })
    expect(verdict).toBe('undetermined I-01 by unanswered, possible')
  })

  test('of a host that was never heard at all is no blocked service', async () => {
    const verdict = await outcomeIn(knock)
    expect(verdict).toBe('undetermined I-01 by unanswered, possible')
  })

  test('after a single try says nothing, for that may have been lost', async () => {
    const verdict = await outcomeIn(cast => {
      warmUp(cast)
      return cast.net.at(10).tcpSilent(cast.admin, cast.app, 22, { tries: 1 })
    })
    expect(verdict).toBe('undetermined I-01 by unanswered, possible')
  })

  test('is not over while the capture ends within the hold time', async () => {
    const verdict = await outcomeIn(cast => {
      warmUp(cast)
      return cast.net.at(280).tcpSilent(cast.admin, cast.app, 22, { tries: 2 })
    })
    expect(verdict).toBe('undetermined I-01 by pending, possible')
  })
})

describe('BS3: a reset that is not the host’s own', () => {
  test('has a TTL that the host never shows', async () => {
    const verdict = await outcomeIn(cast => {
      warmUp(cast)
      const { net, admin, app, wall } = cast
      return net.at(5).tcpFiltered(admin, app, 22, { by: wall, how: 'rst' })
    })
    expect(verdict).toBe('misdropped I-01 by BS3, probable')
  })

  test('comes sooner than the host can answer', async () => {
    const verdict = await outcomeIn(cast => {
      warmUp(cast)
      const { net, admin, app, wall } = cast
      return net.at(5).tcpFiltered(admin, app, 22, { by: wall, how: 'rst', ttl: 64, rttMs: 10 })
    })
    expect(verdict).toBe('misdropped I-01 by BS3, probable')
  })

  test('cannot be told where the host has shown nothing of itself', async () => {
    const verdict = await outcomeIn(({ net, admin, app, wall }) =>
      net.at(5).tcpFiltered(admin, app, 22, { by: wall, how: 'rst' }),
    )
    expect(verdict).toBe('permitted I-01 by BS4, probable, service_down')
  })
})

describe('BS4: the host’s own reset', () => {
  test('is a service that is down, and no firewall', async () => {
    const verdict = await outcomeIn(cast => {
      warmUp(cast)
      return cast.net.at(5).tcpRefused(cast.admin, cast.app, 22, { rttMs: 10 })
    })
    expect(verdict).toBe('permitted I-01 by BS4, confirmed, service_down')
  })

  test('stays the host’s own when the client tries again', async () => {
    const verdict = await outcomeIn(cast => {
      warmUp(cast)
      return cast.net.at(5).tcpRefused(cast.admin, cast.app, 22, { rttMs: 10, tries: 3 })
    })
    expect(verdict).toBe('permitted I-01 by BS4, confirmed, service_down')
  })

  test('proves no control where no row allows the flow', async () => {
    const verdict = await outcomeIn(cast => {
      warmUp(cast)
      return cast.net.at(5).tcpRefused(cast.external, cast.app, 22, { rttMs: 10 })
    })
    expect(verdict).toBe('rejected I-01 by BS4, confirmed, not_filtered')
  })
})

describe('BS6: no such port', () => {
  test('is a service that is down', async () => {
    const verdict = await outcomeIn(({ net, admin, app }) => net.at(5).udpRefused(admin, app, 161))
    expect(verdict).toBe('permitted I-04 by BS6, probable, service_down')
  })

  test('is the same by ICMPv6', async () => {
    const verdict = await outcomeIn(
      ({ net, admin, app }) => net.at(5).udpRefused(admin, app, 161),
      {
        version: 6,
      },
    )
    expect(verdict).toBe('permitted I-04 by BS6, probable, service_down')
  })

  test('proves no control', async () => {
    const verdict = await outcomeIn(({ net, external, app }) =>
      net.at(5).udpRefused(external, app, 161),
    )
    expect(verdict).toBe('rejected I-04 by BS6, probable, not_filtered')
  })
})

describe('BS8: no way to the host', () => {
  for (const what of ['host', 'network'] as const)
    test(`(${what} unreachable) is a host that is down, and no misdropped flow`, async () => {
      const verdict = await outcomeIn(({ net, admin, app, wall }) =>
        net.at(5).tcpUnreachable(admin, app, 22, { by: wall, what }),
      )
      expect(verdict).toBe('permitted I-01 by BS8, confirmed, service_down')
    })

  test('is the same by ICMPv6', async () => {
    const verdict = await outcomeIn(
      ({ net, admin, app, wall }) => net.at(5).tcpUnreachable(admin, app, 22, { by: wall }),
      { version: 6 },
    )
    expect(verdict).toBe('permitted I-01 by BS8, confirmed, service_down')
  })
})
