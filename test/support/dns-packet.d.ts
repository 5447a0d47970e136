// What the tests use of dns-packet, which brings no types.
declare module 'dns-packet' {
  export interface Question {
    readonly name: string
    readonly type: string
    readonly class?: string
  }
  export interface Answer extends Question {
    readonly ttl?: number
    readonly data?: unknown
  }
  export interface Packet {
    readonly id?: number
    readonly type?: 'query' | 'response'
    readonly flags?: number
    readonly questions?: readonly Question[]
    readonly answers?: readonly Answer[]
    readonly authorities?: readonly Answer[]
    readonly additionals?: readonly Answer[]
  }
  export function encode(packet: Packet): Uint8Array
  export function decode(bytes: Uint8Array): Packet
}
