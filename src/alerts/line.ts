// What a syslog route needs of whatever carries its messages: UDP, TCP or TLS.

export interface Line {
  /** What it means that a message was sent, for whoever tries the route. */
  readonly said: string
  /** @throws DeliveryError where they did not go, as far as can be known. */
  send(messages: readonly Buffer[], signal: AbortSignal): Promise<void>
  /** What is wrong, without sending anything; null where nothing is. */
  check(signal: AbortSignal): Promise<string | null>
  close(): void
}
