// What outputs must know of a run (model/run.ts), of whoever reads packets: files or interfaces.

import { communityId, flowId } from './flows/community-id.ts'
import type { Source } from './model/chunk.ts'
import type { FlowRecord } from './model/flow.ts'
import type { RunContext } from './model/run.ts'
import type { Monitor } from './monitor.ts'

/** @param sensors Names by the bits of a flow's sensors; none where nothing names them. */
export const contextOf = (
  sensors: readonly string[],
  source: Source,
  monitor: Monitor,
): RunContext => ({
  epochSeconds: () => monitor.epochSeconds,
  captureName: file => source.captures[file]?.name ?? '',
  sensorsOf: flow => namesOf(sensors, flow),
  communityId: flow => communityId(flow),
  flowId,
})

/** Who has seen the flow: of one sensor there is no doubt. */
const namesOf = (names: readonly string[], { sensors }: FlowRecord): readonly string[] =>
  names.length === 1
    ? names
    : names.filter((_, index) => (((sensors.client | sensors.server) >> index) & 1) === 1)
