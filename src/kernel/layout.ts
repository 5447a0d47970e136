// Where everything lies in the kernel's memory, and the codes that are stored there. Regions follow one
// another; every region's size is a bound of the program (see BOUNDS.md).

// A region that begins on a page begins at (where the last one ends + REST) & ~REST.
const REST = 4095

// Chunk: head-room for the packet that the last read cut off, then the bytes of this read.
export const PACKET_BYTES_MAX = 262_144
const CHUNK = 0
export const CHUNK_DATA = PACKET_BYTES_MAX + 65_536
const CHUNK_BYTES = CHUNK_DATA + PACKET_BYTES_MAX + 65_536

// Packet index of the chunk, one array per field. The slot behind it is for a packet that was held back and
// goes on after all (late.ts); one more keeps the times on multiples of eight.
export const PACKETS_MAX = 16_384
const PACKET_SLOTS = PACKETS_MAX + 2
export const LATE_PACKET = PACKET_SLOTS - 2
export const PACKET_AT = CHUNK + CHUNK_BYTES
export const PACKET_CAPTURED = PACKET_AT + 4 * PACKET_SLOTS
export const PACKET_WIRE = PACKET_CAPTURED + 4 * PACKET_SLOTS
export const PACKET_LINK = PACKET_WIRE + 4 * PACKET_SLOTS
export const PACKET_TIME = PACKET_LINK + 4 * PACKET_SLOTS

// Registers: the state of the kernel itself.
export const REGISTERS = PACKET_TIME + 8 * PACKET_SLOTS
export const CLOCK = REGISTERS + 0 // f64: latest capture time that is believed
export const NEXT_TICK = REGISTERS + 8 // f64
export const TICK = REGISTERS + 16 // f64: the whole second that the last Stop.Tick stands for
export const WILD_TIME = REGISTERS + 24 // f64: last packet time that jumped
export const FROM = REGISTERS + 32 // f64: packets before are filtered
export const TO = REGISTERS + 40 // f64: packets after are filtered
export const FILE_OFFSET = REGISTERS + 48 // f64
export const PACKETS = REGISTERS + 56 // i32: packets in the chunk
export const NEXT = REGISTERS + 60 // i32: the packet that run() takes next
export const CLOCKED = REGISTERS + 64 // i32: the packet for which the clock has been set
export const WILD_COUNT = REGISTERS + 68 // i32: packets in a row beyond a jump, below 0 for the past
export const STARTED = REGISTERS + 72 // i32: a packet has set the clock
export const FILE = REGISTERS + 76 // i32
export const FRAME = REGISTERS + 80 // i32: number of the chunk's first packet in its file
export const STOP_FLOW = REGISTERS + 84 // i32: the flow that a stop is about
export const STOP_REASON = REGISTERS + 88 // i32: why it ended, see End
export const STOP_PACKET = REGISTERS + 92 // i32: the packet that a stop is about
export const USED = REGISTERS + 96 // i32: slots ever taken
export const FREE = REGISTERS + 100 // i32: first free slot + 1, 0 for none
export const HALF_COUNT = REGISTERS + 104 // i32: flows in the half-open partition
export const FULL_COUNT = REGISTERS + 108 // i32
export const HAND_FULL = REGISTERS + 112 // i32: where eviction looks next among established flows
export const SWEEP = REGISTERS + 116 // i32: where the sweep of this tick goes on
export const ADDRESS_USED = REGISTERS + 120 // i32
export const ADDRESS_FREE = REGISTERS + 124 // i32
export const ADDRESS_COUNT = REGISTERS + 128 // i32
export const HALF_MAX = REGISTERS + 132 // i32, configurable
export const FULL_MAX = REGISTERS + 136 // i32, configurable
export const ADDRESS_MAX = REGISTERS + 140 // i32, configurable
export const SEED = REGISTERS + 144 // i32: of the hashes
export const VLAN_IN_KEY = REGISTERS + 148 // i32
// What decode() found in the packet at hand.
export const KEY_LOW = REGISTERS + 152 // i32: IPv4 address or number of an IPv6 address
export const KEY_HIGH = REGISTERS + 156 // i32
export const KEY_PORTS = REGISTERS + 160 // i32: low side's port << 16 | high side's
export const KEY_KIND = REGISTERS + 164 // i32: IP protocol | KIND_V6 | VLAN id << 16 if it counts
export const FROM_HIGH = REGISTERS + 168 // i32: 1 when the high side sent the packet
export const HEADER_AT = REGISTERS + 172 // i32: where the transport header begins
export const PAYLOAD_BYTES = REGISTERS + 176 // i32: payload by the IP header's own length
export const TTL = REGISTERS + 180 // i32
export const IP_ID = REGISTERS + 184 // i32
export const VLAN = REGISTERS + 188 // i32: outermost VLAN id + 1, 0 for none
export const ADDRESSES_AT = REGISTERS + 192 // i32: where the packet's two IPv6 addresses lie
export const NEXT_AT = REGISTERS + 196 // i32: where the header behind the link layer begins
export const IP_AT = REGISTERS + 200 // i32: where the innermost IP header begins
export const PACKET_END = REGISTERS + 204 // i32: where the IP packet ends on the wire
export const CAPTURED_END = REGISTERS + 208 // i32: where the captured bytes end
export const DEPTH = REGISTERS + 212 // i32: headers within headers entered so far
// Where the slow path found the inner header of the packet at hand; ENTRY_AT is 0 for none.
export const ENTRY_AT = REGISTERS + 216 // i32
export const ENTRY_END = REGISTERS + 220 // i32
export const ENTRY_WIRE_END = REGISTERS + 224 // i32
export const ENTRY_TYPE = REGISTERS + 228 // i32: ethertype
// The packet's IPv6 addresses where an extension header replaced one of them.
export const SCRATCH_ADDRESSES = REGISTERS + 232
export const INDEX_MASK = REGISTERS + 264 // i32: slots of the flow index in use, less one
export const ADDRESS_MASK = REGISTERS + 268 // i32: the same of the address index
export const NOW = REGISTERS + 272 // f64: the time at which the packet at hand is booked
export const NOTES = REGISTERS + 280 // i32: remarks on the packet at hand, see Note
export const HAND_HALF = REGISTERS + 284 // i32: where eviction looks next among half-open flows
export const SWEPT_LIVE = REGISTERS + 288 // i32: 1 + the last live slot that this sweep has met
export const DEDUP = REGISTERS + 292 // i32: whether copies are looked for
export const COPY_FOUND = REGISTERS + 296 // i32: what was found of the packet at hand
export const PAYLOAD_AT = REGISTERS + 300 // i32: where the payload of a segment or datagram begins
export const PAYLOAD_DUE = REGISTERS + 304 // i32: whether the payload of STOP_PACKET is wanted
export const RECOGNISE = REGISTERS + 308 // i32: whether payloads are handed over at all
export const SIGHTINGS = REGISTERS + 312 // i32: whether ARP and new sources are handed over
export const SOURCES_MASK = REGISTERS + 316 // i32: slots of the table of sources in use, less one
export const SENSORS = REGISTERS + 320 // i32: how many sensors the run's captures come from
export const SENSOR = REGISTERS + 324 // i32: which of them took the chunk; 0 where there is one only
export const HEARD = REGISTERS + 328 // i32: bit by bit the sensors heard since somebody last cleared it
export const COPY_MASK = REGISTERS + 332 // i32: sets of fingerprints in use, less one
export const TICK_BEFORE = REGISTERS + 336 // f64: TICK until the latest tick
export const MEASURE = REGISTERS + 344 // i32: whether round trips, loss and jitter are measured
export const SAMPLE_COUNT = REGISTERS + 348 // i32: samples that wait to be taken, see samples.ts
export const MEASURED_USED = REGISTERS + 352 // i32: records of connections ever taken
export const MEASURED_FREE = REGISTERS + 356 // i32: first free one + 1, 0 for none
export const HOLES_USED = REGISTERS + 360 // i32: the same of holes
export const HOLES_FREE = REGISTERS + 364 // i32
export const STREAMS_USED = REGISTERS + 368 // i32: the same of streams
export const STREAMS_FREE = REGISTERS + 372 // i32
export const STOP_STREAM = REGISTERS + 376 // i32: the stream that a stop is about
export const UNMEASURED = REGISTERS + 380 // i32: connections and streams that found no room
export const QUIET = REGISTERS + 384 // i32: the tick at hand follows no packet
export const REGISTER_BYTES = 392

// Counters, f64 each: what became of packets (Fate), then of flows (Count).
export const COUNTERS = REGISTERS + REGISTER_BYTES
export const COUNTER_BYTES = 8 * 64

// A datagram put together from its fragments, so that it can be decoded like any other.
export const PAYLOAD_BYTES_MAX = 65_535
export const DATAGRAM_BYTES_MAX = 60 + PAYLOAD_BYTES_MAX
export const DATAGRAM = COUNTERS + COUNTER_BYTES

// Flow index: open addressing, growing by doubling. An entry is 11 tag bits of the hash and 21 bits of flow number + 1.
export const INDEX_SLOTS = 2_097_152
export const INDEX_SLOTS_MIN = 65_536
export const INDEX = (DATAGRAM + DATAGRAM_BYTES_MAX + REST) & ~REST

// Flows. Touched by every packet, so one cache line each.
export const HALF_OPEN_MAX = 524_288
export const FULL_FLOWS_MAX = 1_048_576
const FLOWS_MAX = HALF_OPEN_MAX + FULL_FLOWS_MAX
export const FLOWS = (INDEX + 4 * INDEX_SLOTS + REST) & ~REST
export const FLOW_BYTES = 64
export const FLOW_LOW = 0 // i32
export const FLOW_HIGH = 4 // i32
export const FLOW_PORTS = 8 // i32
export const FLOW_KIND = 12 // i32
export const FLOW_PACKETS_LOW = 16 // i32: packets that the low side sent
export const FLOW_PACKETS_HIGH = 20 // i32
export const FLOW_BYTES_LOW = 24 // f64
export const FLOW_BYTES_HIGH = 32 // f64
export const FLOW_LAST_LOW = 40 // f64: time of the low side's latest packet
export const FLOW_LAST_HIGH = 48 // f64
export const FLOW_FLAGS = 56 // i32, see Flag
export const FLOW_NEXT_FREE = 60 // i32: next free slot + 1, while the slot is free
export const FLOW_SIGHTS = 60 // i32: the high side's sights << 16 | the low side's, while it is not; see sights.ts

// Origins: where and when the record began. Touched once.
export const ORIGINS = (FLOWS + FLOW_BYTES * FLOWS_MAX + REST) & ~REST
export const ORIGIN_BYTES = 64
export const ORIGIN_FIRST = 0 // f64: time of the earliest packet
export const ORIGIN_OFFSET = 8 // f64: of the first packet in its file
export const ORIGIN_FRAME = 16 // i32
export const ORIGIN_FILE = 20 // i32
export const ORIGIN_VLAN = 24 // i32: VLAN id + 1, 0 for none
export const ORIGIN_DOUBT_PACKETS_LOW = 28 // i32: counted packets that may be copies, see duplicates.ts
export const ORIGIN_DOUBT_PACKETS_HIGH = 32 // i32
export const ORIGIN_DOUBT_BYTES_LOW = 36 // i32
export const ORIGIN_DOUBT_BYTES_HIGH = 40 // i32
// What the payloads have shown so far, for protocols/: the kernel only clears it.
export const ORIGIN_APP = 44 // i32
export const ORIGIN_APP_ID_LOW = 48 // i32: of the low side's message
export const ORIGIN_APP_ID_HIGH = 52 // i32
export const ORIGIN_APP_SEQUENCES = 56 // i32: low side's << 16 | high side's

// TCP state: the acknowledgement numbers, and the segments that open and end a connection.
export const ORIGIN_APP_SAID = 60 // i32: place of a UDP flow's last first message, see first-messages.ts
export const ORIGIN_MEASURED = 60 // i32: of a TCP flow, its record of segments + 1, 0 for none
export const TCPS = (ORIGINS + ORIGIN_BYTES * FLOWS_MAX + REST) & ~REST
export const TCP_BYTES = 64
export const TCP_ACK_LOW = 0 // i32: highest acknowledgement number that the low side sent
export const TCP_ACK_HIGH = 4 // i32
export const TCP_ISN = 8 // i32: sequence number of the first SYN
export const TCP_SYN_COUNT = 12 // i32: SYNs with that number << 16 | window of the first
export const TCP_SYN = 16 // i32: TTL << 16 | IP id
export const TCP_SYN_ACK = 20 // i32
export const TCP_RST = 24 // i32
export const TCP_WINDOWS = 28 // i32: SYN-ACK's << 16 | RST's
export const TCP_LAST_SYN = 32 // f64
export const TCP_SYN_ACK_TIME = 40 // f64
export const TCP_RST_TIME = 48 // f64
export const TCP_SYN_TIME = 56 // f64

// IPv6 addresses, known by number while a flow uses them.
export const ADDRESSES_MAX = 1_572_864
export const ADDRESSES = (TCPS + TCP_BYTES * FLOWS_MAX + REST) & ~REST
export const ADDRESS_BYTES = 32
export const ADDRESS_USERS = 16 // i32: flows that use it
export const ADDRESS_NEXT_FREE = 20 // i32
export const ADDRESS_INDEX_SLOTS = 2_097_152
export const ADDRESS_INDEX_SLOTS_MIN = 65_536
export const ADDRESS_INDEX = (ADDRESSES + ADDRESS_BYTES * ADDRESSES_MAX + REST) & ~REST

// Fingerprints of the packets of the last milliseconds, in sets of two. Between sensors a copy may come later,
// so several sensors use more slots; one sensor stays with a table that the processor's cache holds.
export const COPY_SLOTS = 8192
export const COPY_SLOTS_ACROSS = 65_536
export const COPIES = (ADDRESS_INDEX + 4 * ADDRESS_INDEX_SLOTS + REST) & ~REST
export const COPY_BYTES = 16
export const COPY_HASH = 0 // i32
export const COPY_MARK = 4 // i32: sensor << 24 | TTL << 16 | VLAN
export const COPY_TIME = 8 // f64
// The second proof of each, apart, since it is read only where the hash fits.
export const COPY_WORDS = COPIES + COPY_BYTES * COPY_SLOTS_ACROSS

// IPv4 addresses whose frames are watched, and the MAC address that was told last of each.
export const SOURCE_SLOTS = 16_384
export const SOURCE_SLOTS_MIN = 64
export const SOURCES = COPY_WORDS + 4 * COPY_SLOTS_ACROSS
export const SOURCE_BYTES = 32
export const SOURCE_ADDRESS = 0 // i32
export const SOURCE_USED = 4 // i32: 1 once an address is there
export const SOURCE_MAC = 8 // i32: the upper 32 bits
export const SOURCE_MAC_LOW = 12 // i32: the lower 16 bits, -1 while no frame was seen
export const SOURCE_TIME = 16 // f64: when that was told

// What is measured lies behind this: measured-layout.ts.
export const LAYOUT_END = SOURCES + SOURCE_BYTES * SOURCE_SLOTS

export const KIND_V6 = 0x100

/** Why run() came back. */
export const Stop = {
  None: 0,
  /** All packets of the chunk are done. */
  ChunkEnd: 1,
  /** A second of capture time is over; the packet at hand waits. */
  Tick: 2,
  /** STOP_FLOW must be read and released before the packet at hand can go on. */
  Ended: 3,
  /** STOP_FLOW was seen in its second direction for the first time. PAYLOAD_DUE tells whether it is a Payload too. */
  Answered: 4,
  /** STOP_PACKET is an ICMP error; its headers are in the registers. */
  IcmpError: 5,
  /** The packet at hand may wrap another one: enter() it, or stayOutside(). */
  Tunnel: 6,
  /** The packet at hand is a fragment: enter() the datagram, or setAside() the part. */
  Fragment: 7,
  /** The packet at hand has a link layer that is read elsewhere: enter() what it carries, or setAside() it. */
  Link: 8,
  /** STOP_PACKET of STOP_FLOW has payload that is wanted; its headers are in the registers. */
  Payload: 9,
  /** STOP_PACKET of STOP_FLOW belongs to a watched flow, and nothing else is wanted of it. */
  Watched: 10,
  /** STOP_PACKET is ARP, which begins at NEXT_AT. */
  Arp: 11,
  /** STOP_PACKET comes from its IPv4 source by another MAC address than was told last; it goes on when run() is called again. */
  Source: 12,
  /** STOP_STREAM of STOP_FLOW has a payload type whose clock must be named; the packet at hand waits. */
  Stream: 13,
} as const

/** Why a flow record ends. */
export const End = { Closed: 1, Idle: 2, Active: 3, Reused: 4, Evicted: 5, CaptureEnd: 6 } as const

/** Bits of FLOW_FLAGS. */
export const Flag = {
  Live: 1 << 0,
  /** The record was closed but its flow may go on: direction and handshake stay known. */
  Dormant: 1 << 1,
  HalfOpen: 1 << 2,
  Resumed: 1 << 3,
  ClientHigh: 1 << 4,
  BySyn: 1 << 5,
  BySynAck: 1 << 6,
  /** Direction from an ICMP request type. */
  ByRequest: 1 << 7,
  Answered: 1 << 8,
  DataLow: 1 << 9,
  DataHigh: 1 << 10,
  AckLow: 1 << 11, // the low side has sent an acknowledgement number
  AckHigh: 1 << 12,
  HeardLow: 1 << 13, // the low side acknowledges what the high side sent
  HeardHigh: 1 << 14,
  SynAck: 1 << 15,
  RstLow: 1 << 16,
  RstHigh: 1 << 17,
  FinLow: 1 << 18,
  FinHigh: 1 << 19,
  /** No more payload of this side is wanted. */
  QuietLow: 1 << 20,
  QuietHigh: 1 << 21,
  /** Only payload of this side that begins with capital letters is wanted: a new message of a text protocol; of UDP, only RTCP. */
  StartsLow: 1 << 22,
  StartsHigh: 1 << 23,
  /** Each packet is handed over. */
  Watched: 1 << 24,
  /** It will be watched once it has lived for a second. */
  WatchedSoon: 1 << 25,
  /** Between servers whose link is judged: more is told of it (samples.ts). */
  Tracked: 1 << 26,
  /** A stream of this flow waits for its clock rate. */
  StreamWaits: 1 << 27,
} as const

/** The bit of a side's sights that stands for sensors of which nobody can tell, as in the model. */
export const SIGHT_UNKNOWN = 1 << 15
/** As many as the other bits are. */
export const SENSORS_MAX = 15

/** Bits of ORIGIN_APP. Those above are for protocols/datagrams.ts alone. */
export const AppBit = {
  /** The protocol's place in PROTOCOLS of the model, plus one. */
  Protocol: 31,
  /** Somebody has been asked whether the facts of the flow are of interest, and said that they are. */
  Asked: 1 << 5,
  Wanted: 1 << 6,
  ShownLow: 1 << 8,
  ShownHigh: 1 << 9,
  /** The payload told who is the client: the high side, where ClientHigh is set. */
  Told: 1 << 10,
  ClientHigh: 1 << 11,
  /** There are facts of the flow, or messages that have them. */
  Facts: 1 << 12,
  /** Not sure of the protocol yet: too few messages in a row. */
  Trial: 1 << 13,
  /** A conversation is kept under the flow's number, and it is this flow's. */
  Talk: 1 << 31,
} as const

/** What became of a packet. Exactly one each; the ledger's second equation is their sum. */
export const Fate = {
  InFlow: 0,
  Filtered: 1,
  TruncatedLink: 2,
  TruncatedIpv4: 3,
  TruncatedIpv6: 4,
  TruncatedTransport: 5,
  MalformedIpv4: 6,
  MalformedIpv6: 7,
  MalformedTransport: 8,
  UnsupportedLink: 9,
  UnsupportedEthertype: 10,
  NoFlowArp: 11,
  NoFlowLinkControl: 12,
  NoFlowIcmpError: 13,
  NoFlowNeighbour: 14,
  NoFlowIgmp: 15,
  NoFlowFragment: 16,
  Unflowed: 17,
  Duplicate: 18,
  UnsupportedEncrypted: 19,
  // Not fates: what the slow path has to settle first.
  Link: 29,
  Tunnel: 30,
  Fragment: 31,
} as const

/** Names of the fates: ledger category, then detail. In the order of `Fate`. */
export const FATE_NAMES = [
  'in_flow',
  'filtered',
  'truncated.link',
  'truncated.ipv4',
  'truncated.ipv6',
  'truncated.transport',
  'malformed.ipv4',
  'malformed.ipv6',
  'malformed.transport',
  'unsupported.link',
  'unsupported.ethertype',
  'no_flow.arp',
  'no_flow.link_control',
  'no_flow.icmp_error',
  'no_flow.neighbour_discovery',
  'no_flow.igmp',
  'no_flow.fragment',
  'unflowed.addresses',
  'duplicate.copy',
  'unsupported.encrypted',
] as const

/** Bits of NOTES: counted when the packet is done, however often it was decoded on the way. */
export const Note = { Snapped: 1, LengthBeyondFrame: 2, ChecksumIpv4: 4 } as const

/** Counters beside the fates. */
export const Count = {
  Seen: 32,
  FlowsCreated: 33,
  FlowsEnded: 34,
  FlowsEvicted: 35,
  /** Packets whose time lies before an earlier packet's. */
  TimeBackwards: 36,
  /** Packets more than an hour away from the clock, not yet confirmed by others. */
  TimeWild: 37,
  /** Whole headers, but the payload was cut by the capture's snap length. */
  Snapped: 38,
  /** IP says more bytes than the frame had. */
  LengthBeyondFrame: 39,
  /** Dormant flows forgotten for want of room. */
  DormantForgotten: 40,
  Bytes: 41,
  /** IPv4 headers that do not add up: damage, or left to the network card of the host that captured. */
  ChecksumIpv4: 42,
} as const
