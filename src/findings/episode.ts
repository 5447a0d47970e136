// How long a cause went on without a pause: members no more than ten minutes apart are one episode,
// since a finding that nobody hits for ten minutes closes.

export interface Episode {
  readonly startNs: number
  readonly endNs: number
  /** Length of the longest episode so far, in nanoseconds. */
  readonly longestNs: number
}

const MINUTE_NS = 60e9
const PAUSE_NS_MAX = 10 * MINUTE_NS
const LASTING_NS = 15 * MINUTE_NS

/** The episode with one more member; a member after a pause starts a new one. */
export function withMember(episode: Episode | null, firstNs: number, lastNs: number): Episode {
  const longestNs = Math.max(episode?.longestNs ?? 0, lastNs - firstNs)
  if (episode === null) return { startNs: firstNs, endNs: lastNs, longestNs }
  if (firstNs > episode.endNs + PAUSE_NS_MAX) return { startNs: firstNs, endNs: lastNs, longestNs }
  // Flows arrive as they end, so one that ended long before this episode began is only measured.
  if (lastNs < episode.startNs - PAUSE_NS_MAX) return { ...episode, longestNs }
  const startNs = Math.min(episode.startNs, firstNs)
  const endNs = Math.max(episode.endNs, lastNs)
  return { startNs, endNs, longestNs: Math.max(longestNs, endNs - startNs) }
}

export const isLasting = (episode: Episode | null): boolean =>
  episode !== null && episode.longestNs > LASTING_NS
