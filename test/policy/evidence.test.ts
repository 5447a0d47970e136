// What the sensor has shown: of pairs, whether answers are seen; of hosts, by what they are known.

import { expect, test } from 'vitest'
import { Evidence } from '../../src/policy/evidence.ts'
import { host } from './builders.ts'

const APP = host('app@core', 'app')
const WEB = host('web@dmz', 'web')
const never = () => Number.NEGATIVE_INFINITY

test('a pair that was never seen has no visibility, and its silence means nothing', () => {
  const evidence = new Evidence(never)
  expect(evidence.visibility(APP, WEB)).toBeNull()
  expect(evidence.isVisible(APP, WEB)).toBe(false)
})

test('visibility is the share of connections seen both ways, whichever end is named first', () => {
  const evidence = new Evidence(never)
  for (let count = 0; count < 3; count++) evidence.notePair(APP, WEB, 'both')
  evidence.notePair(WEB, APP, 'one_way')
  expect(evidence.visibility(APP, WEB)).toBe(0.75)
  expect(evidence.visibility(WEB, APP)).toBe(0.75)
  expect(evidence.visibility(APP, host('external'))).toBeNull()
})

test('silence means something from nine in ten on', () => {
  const evidence = new Evidence(never)
  for (let count = 0; count < 8; count++) evidence.notePair(APP, WEB, 'both')
  evidence.notePair(APP, WEB, 'one_way')
  expect(evidence.isVisible(APP, WEB)).toBe(false)
  evidence.notePair(APP, WEB, 'both')
  expect(evidence.isVisible(APP, WEB)).toBe(true)
})

test('a host is known by the TTLs and by the shortest time of its handshakes', () => {
  const evidence = new Evidence(never)
  expect(evidence.profile(APP)).toBeUndefined()
  evidence.noteHandshake(APP, 64, 3e6)
  evidence.noteHandshake(APP, 60, 2e6)
  evidence.noteHandshake(APP, 64, 9e6)
  expect(evidence.profile(APP)).toEqual({ ttls: [60, 64], isWhole: true, handshakeNs: 2e6 })
})

test('a handshake without its SYN, or before it, shows no time', () => {
  const evidence = new Evidence(never)
  evidence.noteHandshake(APP, 64, Number.NaN)
  evidence.noteHandshake(APP, 64, -1)
  expect(evidence.profile(APP)).toEqual({ ttls: [64], isWhole: true, handshakeNs: null })
})

test('a host of very many TTLs is not known by them, and no more of them are kept', () => {
  const evidence = new Evidence(never)
  for (let ttl = 1; ttl <= 100; ttl++) evidence.noteHandshake(APP, ttl, 1e6)
  const profile = evidence.profile(APP)
  expect(profile?.isWhole).toBe(false)
  expect(profile?.ttls).toHaveLength(9)
})

test('hosts that nobody declared are not remembered, for there is no end of them', () => {
  const evidence = new Evidence(never)
  evidence.noteHandshake(host('external'), 50, 1e6)
  expect(evidence.profile(host('external'))).toBeUndefined()
})
