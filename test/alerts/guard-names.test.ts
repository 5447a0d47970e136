// Goal: no answer of a name server leads a webhook where it must not go: not one bad address among good ones, and not an
// answer that changes after it was judged.
// Method: a name server of the test's own in place of the system's, and a real receiver.

import type { LookupAddress } from 'node:dns'
import { beforeEach, expect, test, vi } from 'vitest'
import { guardedLookup } from '../../src/alerts/guard.ts'
import { openTransport } from '../../src/alerts/open-transport.ts'
import { findingsNotice, grounds, patient } from '../support/notices.ts'
import { WebReceiver } from '../support/web-receiver.ts'

const dns = vi.hoisted(() => ({ answers: [] as (readonly LookupAddress[])[], asked: 0 }))

vi.mock('node:dns', async original => ({
  ...(await original<typeof import('node:dns')>()),
  lookup: (
    _: string,
    __: object,
    callback: (error: null, found: readonly LookupAddress[]) => void,
  ) => callback(null, dns.answers[dns.asked++] ?? []),
}))

beforeEach(() => {
  dns.asked = 0
})

const v4 = (address: string): LookupAddress => ({ address, family: 4 })

const looked = (all: boolean) =>
  new Promise<unknown>((resolve, reject) => {
    guardedLookup(false)('hooks.example.org', { all }, (error, ...found) =>
      error ? reject(error) : resolve(found),
    )
  })

test('one address that is refused among good ones refuses the name', async () => {
  dns.answers = [[v4('203.0.113.7'), v4('10.0.0.1')]]
  await expect(looked(true)).rejects.toThrow(
    'nothing is sent there: hooks.example.org has the address 10.0.0.1, which is private; allow_private permits it',
  )
  dns.answers = [[v4('203.0.113.7'), { address: '::ffff:169.254.169.254', family: 6 }]]
  dns.asked = 0
  await expect(looked(false)).rejects.toThrow('hides an IPv4 address')
})

test('good addresses are given as they are asked for', async () => {
  dns.answers = [[v4('203.0.113.7'), v4('203.0.113.8')], [v4('203.0.113.7')], []]
  expect(await looked(true)).toEqual([[v4('203.0.113.7'), v4('203.0.113.8')]])
  expect(await looked(false)).toEqual(['203.0.113.7', 4])
  await expect(looked(false)).rejects.toThrow('hooks.example.org has no address')
})

test('a name is looked up once for a notice: what was judged is what is dialled', async () => {
  const receiver = await WebReceiver.begin()
  dns.answers = [[v4('127.0.0.1')], [v4('169.254.169.254')]]
  const transport = openTransport(
    {
      ...{ kind: 'webhook', secret: null, allowPrivate: true, caFile: null },
      url: receiver.url.replace('127.0.0.1', 'hooks.example.org'),
    },
    grounds(),
  )
  await transport.deliver(findingsNotice(), patient())
  expect([receiver.posted.length, dns.asked]).toEqual([1, 1])
  await expect(transport.deliver(findingsNotice(), patient())).rejects.toThrow(
    'hooks.example.org has the address 169.254.169.254, which gives out secrets of cloud machines (metadata)',
  )
  expect(receiver.posted).toHaveLength(1)
})
