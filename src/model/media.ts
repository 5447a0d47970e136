// Media of calls: what their descriptions announce, and the streams that are sent.

/** Who sends in a call, seen from the side that describes it (RFC 3264, 5.1). */
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'
