// A frame of a link layer, and the answer to what it carries: what the readers of wire/link.ts share.

/** The captured bytes of a frame from `at` to `end`; on the wire it ended at `wireEnd`. */
export interface LinkFrame {
  readonly view: DataView
  readonly at: number
  readonly end: number
  readonly wireEnd: number
}

/** What a frame carries. */
export interface Carried {
  /** An ethertype; 0 for an LLC header. */
  readonly type: number
  readonly at: number
  /** Where it ended on the wire. */
  readonly wireEnd: number
}

/** Why a frame carries nothing that can be read. */
export type Uncarried =
  | 'truncated'
  | 'housekeeping' // runs the link: beacons, acknowledgements, tokens
  | 'encrypted'
  | 'fragment' // not the first part of a frame sent in parts
  | 'unread'

/** An LLC header follows, in the place of an ethertype. */
export const LLC = 0
