// What payload types carry: RFC 3551, 6.

import type { Lane } from './lanes.ts'

/** Static types of pictures, and of voice with pictures. */
const VIDEO_TYPES: readonly number[] = [25, 26, 28, 31, 32, 33, 34]
/** RFC 3551, 5: the clock of pictures, and of no voice. */
const VIDEO_RATE = 90_000
const DYNAMIC_TYPE_MIN = 96

type Carried = Pick<Lane, 'payloadType' | 'clockRate' | 'source' | 'target'>

/** Pictures for certain. */
export const isVideo = ({ payloadType, clockRate }: Carried): boolean =>
  VIDEO_TYPES.includes(payloadType) || clockRate === VIDEO_RATE

/** What was agreed upon is voice by its clock, or where no video blade takes part. */
export function isVoice(lane: Carried): boolean {
  const { payloadType, clockRate, source, target } = lane
  if (isVideo(lane)) return false
  if (payloadType < DYNAMIC_TYPE_MIN || clockRate !== null) return true
  return ![source, target].some(({ placement }) => placement.labels.has('media-video'))
}

/** As people and EVE write it. */
export const ssrcText = (ssrc: number): string =>
  `0x${ssrc.toString(16).toUpperCase().padStart(8, '0')}`
