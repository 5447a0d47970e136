// What every recogniser implements. Recognition rests on payload alone: no function here sees a port or an
// address. All of them read bytes that anybody may have sent, so each does a bounded amount of work and
// never reads outside [at, end).

import type { AppFacts, NameAnswer, Protocol } from '../model/app.ts'

export const Guess = {
  No: 0,
  /** Nothing speaks against it, and more bytes may tell. */
  Unsure: 1,
  Yes: 2,
} as const
export type Guess = (typeof Guess)[keyof typeof Guess]

/** The beginning of what one side of a connection sent: [at, end) of `bytes`, in sequence order. */
export interface Opening {
  readonly bytes: Uint8Array
  readonly at: number
  readonly end: number
}

/** What one side says of itself. */
export interface Voice {
  /** Whether these are the first bytes of this side in this protocol. The same for all longer openings. */
  look(opening: Opening): Guess
  /**
   * The facts in the opening of a side for which look() said Yes; undefined while more bytes are needed.
   * `isWhole`: no more will come, so what is there must do.
   */
  read?: ((opening: Opening, isWhole: boolean) => Partial<AppFacts> | undefined) | undefined
}

/** Reads on behind the opening. One for each connection. */
export interface Follower {
  /**
   * What one side says next, in sequence order; how many of these bytes are done with, 0 while more are
   * needed. `isWhole`: what is there must do.
   */
  feed(isClient: boolean, opening: Opening, isWhole: boolean): number
  /** The facts so far, over those of the openings; what is given out changes no more. */
  readonly facts: Partial<AppFacts>
  /** Nothing more is of interest. */
  readonly isDone: boolean
}

/** A protocol over TCP. */
export interface StreamRecogniser {
  readonly name: Protocol
  readonly client: Voice
  readonly server: Voice
  /** Both sides say the same, so that what is said does not tell who is the client. */
  readonly isSymmetric?: boolean | undefined
  /** Too weak to be told in the middle of a connection, where anything may begin a segment. */
  readonly needsBeginning?: boolean | undefined
  /** Later messages matter too: those that begin a segment with capital letters, or every byte. */
  readonly later?: 'starts' | 'all' | undefined
  readonly follow?: ((listener: Listener) => Follower) | undefined
}

/** Who sends a datagram like this. */
export const Sender = { Nobody: 0, Client: 1, Server: 2, Either: 3 } as const
export type Sender = (typeof Sender)[keyof typeof Sender]

/** A protocol over UDP. Every packet may come here, so nothing is allocated before it is recognised. */
export interface DatagramRecogniser {
  readonly name: Protocol
  sender(bytes: Uint8Array, at: number, end: number): Sender
  /** A number that a request and its repetition share (BS7); 0 where the protocol has none. */
  id?: ((bytes: Uint8Array, at: number, end: number) => number) | undefined
  /** Messages in a row, each the sequel of the one before, that it takes to be sure; 1 unless told. */
  readonly needed?: number | undefined
  isSequel?: ((before: Mark, now: Mark) => boolean) | undefined
  /** 16 bits that grow from message to message. */
  sequence?: ((bytes: Uint8Array, at: number) => number) | undefined
  /** Every message is wanted, not the first of each side alone. */
  readonly later?: 'all' | undefined
  /** Facts of a message that sender() knows. */
  read?: ((opening: Opening, sender: Sender) => Partial<AppFacts> | undefined) | undefined
  /** Tells what others should hear. */
  tell?: ((opening: Opening, sender: Sender, listener: Listener) => void) | undefined
}

/** What tells one message of a stream of datagrams from the next. */
export interface Mark {
  readonly id: number
  readonly sequence: number
}

/** What a flow says about other flows. Announcements can name a protocol, never allow a flow (F22). */
export interface Listener {
  /** Whether answers for the name at `at`, in DNS's own form (RFC 1035, 3.1), are wanted at all. */
  wantsName(bytes: Uint8Array, at: number, end: number): boolean
  /** A name server answered. */
  answered(answer: NameAnswer): void
  /** FTP: a data connection to this side will follow; null for its own address. */
  dataChannel(side: 'client' | 'server', address: Uint8Array | null, port: number): void
  /** SDP: media will be received here. */
  media(address: Uint8Array, port: number): void
  /** SDP: timestamps of this payload type that are received here count so many a second. */
  clockRate?(address: Uint8Array, port: number, payloadType: number, rate: number): void
}
