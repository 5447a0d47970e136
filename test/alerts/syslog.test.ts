// Goal: messages reach a syslog receiver by UDP, TCP and TLS, whatever it does meanwhile, and what can be known of a
// failure is an error that says what.
// Method: real receivers on loopback that take, refuse, close, reset, never read, end and come back.

import { describe, expect, test, vi } from 'vitest'
import { openTransport } from '../../src/alerts/open-transport.ts'
import { Stream } from '../../src/alerts/stream.ts'
import { DeliveryError } from '../../src/alerts/transport.ts'
import type { RouteTarget } from '../../src/model/watch-config.ts'
import { hasOpenssl, selfSigned } from '../support/certificates.ts'
import { freePort } from '../support/influxd.ts'
import { findingsNotice, grounds, patient, told } from '../support/notices.ts'
import { datagramReceiver, StreamReceiver } from '../support/receivers.ts'
import { framesOf, syslogOf } from '../support/syslog-reader.ts'

type SyslogTarget = Extract<RouteTarget, { kind: 'syslog' | 'cef' }>

/** A label has at most 63 characters, so that no name server is asked. */
const NO_NAME = 'x'.repeat(64)

const LOCAL = { host: '127.0.0.1', caFile: null } as const

const opened = (port: number, changes: Partial<SyslogTarget> = {}) =>
  openTransport(
    {
      ...{ ...LOCAL, kind: 'syslog', transport: 'tcp', port, facility: 3 },
      ...changes,
    },
    grounds(),
  )

const idsIn = (received: Buffer): readonly (string | undefined)[] =>
  framesOf(received).map(frame => syslogOf(frame).data.get('mpwatch@32473')?.get('id'))

const notice = (id: string) => findingsNotice([told()], id)

test('an IPv6 address stands in brackets before its port', async () => {
  const port = await freePort()
  for (const transport of ['udp', 'tcp'] as const) {
    const route = opened(port, { transport, host: '::1' })
    expect(route.where).toBe(`syslog+${transport}://[::1]:${port}`)
    await expect(route.deliver(notice('n-1'), patient())).rejects.toThrow(`[::1]:${port} `)
  }
})

describe('TCP', () => {
  test('one connection is kept for all notices', async () => {
    const receiver = await StreamReceiver.begin()
    const transport = opened(receiver.port)
    expect(transport.where).toBe(`syslog+tcp://127.0.0.1:${receiver.port}`)
    for (const id of ['n-1', 'n-2', 'n-3']) await transport.deliver(notice(id), patient())
    expect(await transport.deliver(notice('n-4'), patient())).toContain('syslog has no answers')
    await vi.waitFor(() => expect(idsIn(receiver.received)).toEqual(['n-1', 'n-2', 'n-3', 'n-4']))
    expect(receiver.connections).toBe(1)
    await transport.close()
  })

  test('a notice of a thousand findings is a thousand messages', async () => {
    const receiver = await StreamReceiver.begin()
    const transport = opened(receiver.port)
    const many = Array.from({ length: 1000 }, () => told())
    await transport.deliver(findingsNotice(many), patient())
    await vi.waitFor(() => expect(framesOf(receiver.received)).toHaveLength(1000))
    await transport.close()
  })

  test('nobody who listens is an error, and later it is delivered', async () => {
    const receiver = await StreamReceiver.begin()
    const transport = opened(receiver.port)
    await receiver.stop()
    await expect(transport.deliver(notice('n-1'), patient())).rejects.toThrow(
      new DeliveryError(
        `127.0.0.1:${receiver.port} does not take messages: nobody listens there; is the receiver running, and the port right?`,
      ),
    )
    expect(await transport.check(patient())).toContain('nobody listens there')
    await receiver.start()
    expect(await transport.check(patient())).toBeNull()
    await transport.deliver(notice('n-1'), patient())
    await vi.waitFor(() => expect(idsIn(receiver.received)).toEqual(['n-1']))
    await transport.close()
  })

  test('a receiver that was started anew has the next notice on a new connection', async () => {
    const receiver = await StreamReceiver.begin()
    const transport = opened(receiver.port)
    await transport.deliver(notice('n-1'), patient())
    await receiver.stop()
    await receiver.start()
    await transport.deliver(notice('n-2'), patient())
    await vi.waitFor(() => expect(idsIn(receiver.received)).toEqual(['n-1', 'n-2']))
    expect(receiver.connections).toBe(2)
    await transport.close()
  })

  for (const manner of ['closes', 'resets'] as const)
    test(`a receiver that ${manner} has not got it`, async () => {
      const receiver = await StreamReceiver.begin()
      receiver.manner = manner
      const transport = opened(receiver.port)
      await expect(transport.deliver(notice('n-1'), patient())).rejects.toThrow(
        'the receiver closed the connection',
      )
      receiver.manner = 'takes'
      await transport.deliver(notice('n-1'), patient())
      await vi.waitFor(() => expect(idsIn(receiver.received)).toEqual(['n-1']))
      await transport.close()
    })

  test('a receiver that never reads fails when the signal says so, and its half message goes with it', async () => {
    const receiver = await StreamReceiver.begin()
    receiver.manner = 'never reads'
    const stream = new Stream({ ...LOCAL, transport: 'tcp', port: receiver.port })
    // More than two sockets hold.
    const long = Buffer.alloc(64 * 1024 * 1024)
    await expect(stream.send([long], AbortSignal.timeout(500))).rejects.toThrow('no answer in time')
    receiver.manner = 'takes'
    await stream.send([Buffer.from('next')], patient())
    await vi.waitFor(() => expect(framesOf(receiver.received).map(String)).toEqual(['next']))
    stream.close()
  })

  test('a signal that was given before sends nothing', async () => {
    const receiver = await StreamReceiver.begin()
    const transport = opened(receiver.port)
    await expect(transport.deliver(notice('n-1'), AbortSignal.abort())).rejects.toThrow(
      DeliveryError,
    )
    expect(receiver.received).toHaveLength(0)
    await transport.close()
  })

  test('CEF goes the same way', async () => {
    const receiver = await StreamReceiver.begin()
    const transport = opened(receiver.port, { kind: 'cef' })
    await transport.deliver(notice('n-1'), patient())
    expect(framesOf(receiver.received).map(frame => syslogOf(frame).text.slice(0, 6))).toEqual([
      'CEF:0|',
    ])
    await transport.close()
  })
})

describe.skipIf(!hasOpenssl)('TLS', () => {
  test('a certificate is refused until its authority is named', async () => {
    const certificate = selfSigned()
    const receiver = await StreamReceiver.begin(certificate)
    const strange = opened(receiver.port, { transport: 'tls' })
    await expect(strange.deliver(notice('n-1'), patient())).rejects.toThrow(
      'its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT); name its authority with ca_file',
    )
    expect(await strange.check(patient())).toContain('is not trusted')
    expect(receiver.received).toHaveLength(0)
    const known = opened(receiver.port, { transport: 'tls', caFile: certificate.certFile })
    expect(await known.check(patient())).toBeNull()
    await known.deliver(notice('n-1'), patient())
    await vi.waitFor(() => expect(idsIn(receiver.received)).toEqual(['n-1']))
    await known.close()
  })

  test('a certificate for another name is refused', async () => {
    const certificate = selfSigned('DNS:elsewhere.example.com')
    const receiver = await StreamReceiver.begin(certificate)
    const transport = opened(receiver.port, { transport: 'tls', caFile: certificate.certFile })
    await expect(transport.deliver(notice('n-1'), patient())).rejects.toThrow(
      'its certificate is for another name',
    )
  })

  test('a file of authorities that is missing is told', async () => {
    const transport = opened(1, { transport: 'tls', caFile: 'no/such.pem' })
    expect(await transport.check(patient())).toBe(
      'the authorities in no/such.pem cannot be read: there is no such file or folder',
    )
  })

  test('a receiver without TLS is no receiver', async () => {
    const receiver = await StreamReceiver.begin()
    receiver.manner = 'closes'
    const transport = opened(receiver.port, { transport: 'tls' })
    await expect(transport.deliver(notice('n-1'), patient())).rejects.toThrow(
      'does not take messages',
    )
  })
})

describe('UDP', () => {
  test('each message is a datagram, and that it arrived is not claimed', async () => {
    const receiver = await datagramReceiver()
    const transport = opened(receiver.port, { transport: 'udp' })
    const answer = await transport.deliver(findingsNotice([told(), told()]), patient())
    expect(answer).toContain('nobody knows whether it arrived')
    await vi.waitFor(() => expect(receiver.messages).toHaveLength(2))
    expect(receiver.messages.map(message => syslogOf(message).id)).toEqual(['findings', 'findings'])
    expect(await transport.check(patient())).toBeNull()
    await transport.close()
  })

  test('a computer that says that nobody listens is believed', async () => {
    const transport = opened(await freePort(), { transport: 'udp' })
    await expect(transport.deliver(notice('n-1'), patient())).rejects.toThrow(
      'nobody listens there',
    )
  })

  test('a name that nobody knows is told', async () => {
    const transport = opened(514, { transport: 'udp', host: NO_NAME })
    expect(await transport.check(patient())).toContain('no such name is known')
  })
})
