// Which connections between servers are followed, for how long, and under which number.

import { expect, test } from 'vitest'
import { Connections, type Follower } from '../../src/watchers/connections/connections.ts'
import { connectionOf, packetOf, placed } from './placed.ts'

/** What followers are told, in words. */
function followed() {
  const told: string[] = []
  const follower: Follower = {
    opened: ({ connection }) => void told.push(`opened ${connection.flow}`),
    moved: ({ connection }, _, { idleNs, newBytes }) =>
      void told.push(`moved ${connection.flow}: ${newBytes} bytes after ${idleNs / 1e9} s`),
    closed: ({ connection }) => void told.push(`closed ${connection.flow}`),
  }
  return { connections: new Connections(() => [follower]), told }
}

test('a connection that is told again after a rest is the same', () => {
  const { connections, told } = followed()
  const connection = connectionOf(7)
  connections.connected(connection)
  connections.packet(packetOf(connection, 1e9))
  connections.connected({ ...connection, timeNs: 4000e9 })
  connections.packet(packetOf(connection, 4000e9))
  expect(told).toEqual(['opened 7', 'moved 7: 5 bytes after 1 s', 'moved 7: 0 bytes after 3999 s'])
})

test('a number that is used for another connection makes an end of the first', () => {
  const { connections, told } = followed()
  connections.connected(connectionOf(7))
  connections.connected(connectionOf(7, { clientPort: 5 }))
  expect(told).toEqual(['opened 7', 'closed 7', 'opened 7'])
})

test('what others say to a server is not followed', () => {
  const { connections, told } = followed()
  const user = connectionOf(7, { client: placed('10.20.0.5') })
  connections.connected(user)
  connections.packet(packetOf(user, 1e9))
  connections.finish(0, 9e9)
  expect(told).toEqual([])
})

test('everything is closed when the capture is over', () => {
  const { connections, told } = followed()
  connections.connected(connectionOf(7))
  connections.finish(0, 9e9)
  expect(told).toEqual(['opened 7', 'closed 7'])
})
