// Titles of what happens on the way to WebEx. Which name it was about stands in the examples: names
// come from packets.

import { door, type Scene } from './scene.ts'
import { actor, party, sentence } from './vocabulary.ts'

const client = ({ hit }: Scene): string => actor(hit.judged.client)
const server = ({ hit }: Scene): string => party(hit.judged.server)
const clientDid = (scene: Scene, rest: string): string =>
  sentence(client(scene), rest, scene.hit.judged.client.node !== null)
const serverDid = (scene: Scene, rest: string): string =>
  sentence(actor(scene.hit.judged.server), rest, scene.hit.judged.server.node !== null)

export const socksUnconfigured = (scene: Scene): string =>
  clientDid(scene, `speaks SOCKS with ${server(scene)}, and no SOCKS proxy is declared`)

export const unsupportedProxy = (scene: Scene): string =>
  clientDid(scene, `uses ${server(scene)} as an HTTP proxy on its way to Cisco WebEx`)

/** By SOCKS, the proxy is the server and stands in no range itself. */
export const offRange = (scene: Scene): string =>
  scene.protocol === 'socks'
    ? clientDid(scene, `asked ${server(scene)} for targets that are not Cisco WebEx`)
    : clientDid(scene, `reached a WebEx name on ${server(scene)}, outside the ranges of WebEx`)

export const offRangeRefused = (scene: Scene): string =>
  serverDid(scene, `refused ${client(scene)} a target that is not Cisco WebEx, as it should`)

export const dnsBlocked = (scene: Scene): string =>
  serverDid(scene, `denies names of Cisco WebEx to ${client(scene)}`)

export const proxyDenied = (scene: Scene): string =>
  serverDid(scene, `refuses ${client(scene)} the way to Cisco WebEx`)

export const tlsIntercepted = (scene: Scene): string =>
  sentence('TLS', `between ${client(scene)} and Cisco WebEx is broken open on the way`, false)

export const nameReset = (scene: Scene): string =>
  sentence('connections', `of ${client(scene)} are reset as soon as they name Cisco WebEx`, false)

export const contentFiltered = (scene: Scene): string =>
  sentence('scripts', `of Cisco WebEx do not reach ${client(scene)}`, false)

export const cached = (scene: Scene): string =>
  clientDid(scene, 'got content of Cisco WebEx out of a cache')

export const staleIpPath = (scene: Scene): string =>
  clientDid(scene, 'goes on using an address that a WebEx name has left')

export const socksPortDrift = (scene: Scene): string =>
  serverDid(scene, `serves SOCKS on ${door(scene)}, which is not the declared one`)
