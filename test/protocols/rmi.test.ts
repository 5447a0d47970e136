// Java RMI: hello and acknowledgement.

import { expect, test } from 'vitest'
import { rmiAnswer, rmiHello } from '../../fixtures/scenario/payloads-binary.ts'
import { Guess } from '../../src/protocols/recogniser.ts'
import { rmi } from '../../src/protocols/rmi.ts'
import { bytesToYes, guesses, hex, opening } from './openings.ts'

test.each([
  ['a recorded hello', rmi.client, hex('4a524d49 0002 4b'), 7],
  ['our own hello', rmi.client, rmiHello(), 7],
  ['a single call', rmi.client, hex('4a524d49 0001 4c 50 aced0005'), 7],
  ['a recorded acknowledgement', rmi.server, hex('4e 0009 3132372e302e302e31 00008692'), 16],
  ['our own acknowledgement', rmi.server, rmiAnswer(), 18],
  ['what a single call returned', rmi.server, hex('51 aced0005 770f'), 5],
])('%s is known', (_, voice, bytes, needed) => {
  expect(bytesToYes(voice, bytes)).toBe(needed)
})

test('a refusal is one byte, which may yet be anything', () => {
  expect(guesses(rmi.server, hex('4f')).at(-1)).toBe(Guess.Unsure)
  expect(guesses(rmi.server, hex('4f4b')).at(-1)).toBe(Guess.No)
})

test.each([
  ['another magic', rmi.client, '4a524d4a'],
  ['version 9', rmi.client, '4a524d49 0009 4b'],
  ['an unknown protocol', rmi.client, '4a524d49 0002 4e'],
  ['a host of no letters', rmi.server, '4e 0000 00008692'],
  ['a host that is not text', rmi.server, '4e 0004 0a0a140b'],
  ['port 65,536', rmi.server, '4e 0001 61 00010000'],
  ['HTTP', rmi.server, '48545450'],
])('%s is not RMI', (_, voice, digits) => {
  expect(guesses(voice, hex(digits)).at(-1)).toBe(Guess.No)
})

test('the hello says its version and how the connection is used', () => {
  expect(rmi.client.read?.(opening(rmiHello()), false)).toEqual({
    ...{ version: 'JRMP 2', operation: 'stream' },
  })
})
