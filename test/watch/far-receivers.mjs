// What a monitor feeds, at the far end of a cable: a stand-in for an InfluxDB 1, and receivers of syslog by TCP and UDP.
// Says a line for what each of them gets. `down` on its input ends the InfluxDB with all its connections, so that whoever
// asks is refused; `up` begins it again. Arguments: the address, and the ports of the three.

import { createSocket } from 'node:dgram'
import { createServer as createWeb } from 'node:http'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

const [address, influx, tcp, udp] = process.argv.slice(2)
const say = line => process.stdout.write(`${line}\n`)

const web = createWeb((request, response) => {
  request.resume().on('end', () => {
    if (request.url.startsWith('/write')) say('points')
    response.writeHead(204, { 'X-Influxdb-Version': '1.6.7' }).end()
  })
})
const listen = () => web.listen(Number(influx), address, () => say('listens'))

createServer(one => one.on('error', () => {}).on('data', () => say('syslog by tcp'))).listen(
  Number(tcp),
  address,
  () => createSocket('udp4', () => say('syslog by udp')).bind(Number(udp), address, listen),
)
createInterface(process.stdin).on('line', line => {
  if (line === 'up') listen()
  else web.close(() => say('is down')).closeAllConnections()
})
