import { expect, test } from 'vitest'
import { isLoneIcmp } from '../../src/model/icmp.ts'
import { citation, directionConfidence, protocolName } from '../../src/model/words.ts'

test('protocols have the names Suricata uses, others their number', () => {
  expect([6, 17, 1, 58, 47, 253].map(protocolName)).toEqual([
    'TCP',
    'UDP',
    'ICMP',
    'IPv6-ICMP',
    'GRE',
    'IP-253',
  ])
})

test('a citation leads from the document to the row', () => {
  const cite = { section: 'TCP/UDP Ports', table: 'incoming', server: 'Web Server', row: 'HTTP 80' }
  expect(citation({ ...cite, table: 'incoming' })).toBe(
    'Network Requirements, TCP/UDP Ports, incoming table, Web Server, HTTP 80',
  )
})

test('a citation leaves out what the statement is not part of', () => {
  const cite = { section: 'Failover Requirements', table: null, server: null, row: null }
  expect(citation(cite)).toBe('Network Requirements, Failover Requirements')
})

test('only what packets say confirms a direction', () => {
  expect(directionConfidence('syn')).toBe('confirmed')
  expect(directionConfidence('reserved_port')).toBe('probable')
  expect(directionConfidence('service_seen')).toBe('probable')
  expect(directionConfidence('first_packet')).toBe('possible')
})

test('echo request and reply are an exchange in either order', () => {
  expect(isLoneIcmp(1, 8, 0)).toBe(false)
  expect(isLoneIcmp(1, 0, 8)).toBe(false)
  expect(isLoneIcmp(58, 128, 129)).toBe(false)
})

test('a redirect is a lone message; UDP with the same numbers is none', () => {
  expect(isLoneIcmp(1, 5, 1)).toBe(true)
  expect(isLoneIcmp(58, 8, 0)).toBe(true)
  expect(isLoneIcmp(17, 5, 1)).toBe(false)
})
