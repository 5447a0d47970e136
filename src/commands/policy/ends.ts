// The two ends and the service that `mpwatch policy explain` is asked about, read from the command line.

import { noSuch } from '../../config/no-such.ts'
import { readAddress } from '../../config/readers.ts'
import type { Reading } from '../../config/reading.ts'
import type { Address } from '../../model/address.ts'
import { type Problem, UsageError } from '../../model/errors.ts'
import type { Site } from '../../model/inventory.ts'
import type { AskedService } from './imagined.ts'
import { readService } from './service.ts'

export interface Ends {
  readonly client: Address
  readonly server: Address
  readonly service: AskedService
}

/** The arguments as they were written. */
export interface Asked {
  readonly source: string
  readonly destination: string
  readonly service: string
}

/**
 * An end is an address, or a node of the site by name; of a node's addresses, the first that the other
 * end can talk to.
 * @throws UsageError with everything that is wrong with the three.
 */
export function endsOf({ source, destination, service }: Asked, { nodes }: Site): Ends {
  const problems: Problem[] = []
  const good = <Value>(where: string, reading: Reading<Value>): Value | undefined => {
    if ('value' in reading) return reading.value
    problems.push({ where, message: reading.wrong })
    return undefined
  }
  const clients = good('SRC', readEnd(source, nodes))
  const servers = good('DST', readEnd(destination, nodes))
  const asked = good('SERVICE', readService(service))
  const pair = clients && servers && good('SRC and DST', pairOf(clients, servers))
  if (pair === undefined || asked === undefined) throw new UsageError(problems)
  return { ...pair, service: asked }
}

/** The addresses that a word on the command line can mean. */
function readEnd(text: string, nodes: Site['nodes']): Reading<readonly Address[]> {
  const node = nodes.find(({ name }) => name === text)
  if (node !== undefined) return { value: node.addresses }
  if (/^[\d.]+$|[:/]/.test(text)) {
    const address = readAddress(text)
    return 'wrong' in address ? address : { value: [address.value] }
  }
  const names = nodes.map(({ name }) => name)
  return { wrong: `${noSuch('node', text, names)} An address will do, too.` }
}

type Pair = Pick<Ends, 'client' | 'server'>

/** The first two addresses of one IP version that are not the same. */
function pairOf(clients: readonly Address[], servers: readonly Address[]): Reading<Pair> {
  const pairs = clients.flatMap(client => servers.map(server => ({ client, server })))
  const mixed = pairs.filter(({ client, server }) => client.version === server.version)
  if (mixed.length === 0)
    return { wrong: 'one end is IPv4 and the other IPv6: give two addresses of one kind' }
  const value = mixed.find(({ client, server }) => client.text !== server.text)
  return value === undefined
    ? { wrong: 'both ends are the same host, whose traffic to itself no sensor sees' }
    : { value }
}
