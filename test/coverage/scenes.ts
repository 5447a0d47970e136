// Stories about statements that take more than a sentence: each tells a scenario with the people of the
// watchers' tests, on their sites.

import type { Packet } from '../../fixtures/scenario/pcap.ts'
import type { Scenario } from '../../fixtures/scenario/scenario.ts'
import { type Story as BetweenNodes, story as nodesStory } from '../watchers/failover-story.ts'
import { type Told as Call, callFile } from '../watchers/one-way-story.ts'
import { captureOf, type Story as OnSegment, site } from '../watchers/segment-story.ts'
import { SITE } from '../watchers/site.ts'
import { type Cast, fileOf, story } from '../watchers/story.ts'

export interface Scene {
  readonly title: string
  readonly site: string
  /** The capture file. */
  capture(): Uint8Array
}

/** On the segment of the Application Servers, where cards are heard. */
export const onSegment = (title: string, tell: OnSegment, yaml = site()): Scene => ({
  ...{ title, site: yaml },
  capture: () => captureOf(tell),
})

/** Web Servers, Application Servers and users, for so many seconds. */
export const among = (
  title: string,
  seconds: number,
  tell: (net: Scenario, cast: Cast) => void,
  isLost: (packet: Packet) => boolean = () => false,
): Scene => ({
  ...{ title, site: SITE },
  capture: () => fileOf(story(seconds, tell).filter(packet => !isLost(packet))),
})

/** Two Application Servers, of which one serves users unless told. */
export const betweenNodes = (
  title: string,
  seconds: number,
  tell: (told: BetweenNodes) => void,
  more: { readonly isServed?: boolean } = {},
): Scene => ({
  ...{ title, site: SITE },
  capture() {
    const told = nodesStory(seconds, more)
    tell(told)
    return told.net.pcap()
  },
})

/** Phones and blades that speak to each other, for so many seconds. */
export const inCall = (title: string, seconds: number, tell: (told: Call) => void): Scene => ({
  ...{ title, site: SITE },
  capture: () => callFile(seconds, tell),
})
