// RTMP: version, time, version of the software, chance; and where these are unusual, the first chunk.

import { join } from '../../fixtures/scenario/bytes.ts'
import { opaque, rtmpAnswer, rtmpHello } from '../../fixtures/scenario/payloads-binary.ts'
import { rtmp } from '../../src/protocols/rtmp.ts'
import { describeOpenings } from './watched.ts'

const TIME = [0, 7, 0xaa, 0x57]
const hello = (software: readonly number[], rest: Uint8Array) => join([3], TIME, software, rest)
const ZERO = [0, 0, 0, 0]
/** C2 and the window size that follows it (5.4.4). */
const behind = join(opaque(1536, 2), [2, 0, 0, 0, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0x26, 0x25, 0xa0])
const WHOLE = 1528

const YES = {
  'the hello of the document': rtmpHello(),
  'the answer of the document': rtmpAnswer(),
  '73 bytes': hello(ZERO, opaque(64)),
  'Flash Player 9': hello([9, 0, 0x7c, 2], opaque(WHOLE)),
  'Flash Player with a digest': hello([0x80, 0, 7, 2], opaque(WHOLE)),
  'the version of a media server, and a chunk': join(hello([3, 5, 1, 1], opaque(WHOLE)), behind),
  'the version of nginx, and a chunk': join(hello([13, 14, 10, 13], opaque(WHOLE)), behind),
  'zeros instead of chance, and a chunk': join(hello(ZERO, new Uint8Array(WHOLE)), behind),
}
const UNSURE = {
  'eight bytes': rtmpHello().slice(0, 8),
  'too little chance': hello(ZERO, opaque(20)),
  'zeros instead of chance': hello(ZERO, new Uint8Array(WHOLE)),
  'the version of a media server alone': hello([3, 5, 1, 1], opaque(WHOLE)),
}
const NO = {
  'a version that is no version': hello([0xe0, 0, 0, 0], opaque(WHOLE)),
  'a version with a large second part': hello([3, 0x50, 1, 1], opaque(WHOLE)),
  'zeros, and no chunk': join(hello(ZERO, new Uint8Array(2 * 1536 + 12))),
  'encrypted RTMP': join([6], rtmpHello().slice(1)),
  'a frame of RFC 1006': join([3, 0, 0, 22, 17, 0xe0, 0, 0, 0, 0x12, 0, 0xc1, 2, 1, 0]),
}

describeOpenings(rtmp, {
  ...{ yes: { client: YES, server: YES }, unsure: { client: UNSURE, server: UNSURE } },
  no: { client: NO, server: NO },
})
