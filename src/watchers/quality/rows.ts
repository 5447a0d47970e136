// Which row of the document speaks of media from one end to another: the role of who receives decides,
// and where that is no blade, the role of who sends.

import type { Placement } from '../../model/inventory.ts'
import type { End } from './lanes.ts'

export type MediaEnd = Pick<Placement, 'labels'>

/** Of a host that is both, ports of I-26 are those of pictures. */
const [VIDEO_PORT_MIN, VIDEO_PORT_MAX] = [20_000, 21_799]

/** Null where neither end is MeetingPlace's for media. */
export function rowTowards(source: End, target: End): string | null {
  const kind = kindOf(target)
  if (kind !== null) return kind === 'video' ? 'I-26' : 'I-25'
  const sending = kindOf(source)
  if (target.placement.labels.has('app') && sending !== null) return 'I-13'
  // Whoever else hears a blade is an end point of media, which the document calls a phone.
  return sending === null ? null : sending === 'video' ? 'O-14' : 'O-13'
}

function kindOf({ placement: { labels }, endpoint: { port } }: End): 'audio' | 'video' | null {
  const isAudio = labels.has('media-audio')
  if (!labels.has('media-video')) return isAudio ? 'audio' : null
  if (!isAudio) return 'video'
  return port >= VIDEO_PORT_MIN && port <= VIDEO_PORT_MAX ? 'video' : 'audio'
}
