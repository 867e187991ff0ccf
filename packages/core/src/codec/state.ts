/**
 * What may happen when: the receiving state machines of both sides, as tables.
 *
 * Rule: all protocol state of a codec lives in one row of these tables, and it only changes through `step`. An event the
 * row does not list is a mistake of the caller, not of the peer, so it throws a plain Error. The tables are data: the
 * diagrams of the documentation are printed from them, and a test drives each transition once.
 *
 * After `failed` and `switched` nothing follows: a connection that broke HTTP, or left it, is never read as HTTP again.
 * Neighbours: codec.ts and server-codec.ts. Must not know: bytes.
 */

/** Where the client side of a codec stands. */
export type ClientState = 'idle' | 'head' | 'body' | 'done' | 'switched' | 'failed'
/** Where the server side of a codec stands. */
export type ServerState = 'head' | 'body' | 'done' | 'switched' | 'failed'
/** What can happen to either. */
export type CodecEvent = 'begin' | 'informational' | 'message' | 'end' | 'switch' | 'reset' | 'fault'

/** From each state, the events it knows and where they lead. */
export type Transitions<S extends string> = { readonly [state in S]: { readonly [event in CodecEvent]?: S } }

/** A client reads one response for each request it began. */
export const CLIENT_TRANSITIONS: Transitions<ClientState> = {
  idle: { begin: 'head', fault: 'failed' },
  head: { informational: 'head', message: 'body', switch: 'switched', fault: 'failed' },
  body: { end: 'done', fault: 'failed' },
  done: { reset: 'idle', fault: 'failed' },
  switched: { fault: 'failed' },
  failed: {},
}

/** A server reads requests for as long as they come. */
export const SERVER_TRANSITIONS: Transitions<ServerState> = {
  head: { message: 'body', fault: 'failed' },
  body: { end: 'done', fault: 'failed' },
  done: { reset: 'head', switch: 'switched', fault: 'failed' },
  switched: { fault: 'failed' },
  failed: {},
}

/** One state with its ways out, linked so that a step costs a property read. */
export interface Row<S extends string> {
  readonly name: S
  begin: Row<S> | undefined
  informational: Row<S> | undefined
  message: Row<S> | undefined
  end: Row<S> | undefined
  switch: Row<S> | undefined
  reset: Row<S> | undefined
  fault: Row<S> | undefined
}

/** The row an event leads to. Throws an Error when the table has no such transition: the caller's mistake. */
export function step<S extends string>(row: Row<S>, next: Row<S> | undefined, event: CodecEvent): Row<S> {
  if (next === undefined) throw new Error(`codec: '${event}' is not possible in state '${row.name}'`)
  return next
}

/** A table as linked rows. */
export function link<S extends string>(table: Transitions<S>): { readonly [state in S]: Row<S> } {
  const rows = {} as { [state in S]: Row<S> }
  for (const name in table) {
    rows[name] = {
      name,
      begin: undefined,
      informational: undefined,
      message: undefined,
      end: undefined,
      switch: undefined,
      reset: undefined,
      fault: undefined,
    }
  }
  for (const name in table) {
    const exits = table[name]
    for (const event in exits) {
      const target = exits[event as CodecEvent]
      if (target !== undefined) rows[name][event as CodecEvent] = rows[target]
    }
  }
  return rows
}

/** The client's rows; a codec starts at `idle`. */
export const CLIENT: { readonly [state in ClientState]: Row<ClientState> } = link(CLIENT_TRANSITIONS)
/** The server's rows; a codec starts at `head`. */
export const SERVER: { readonly [state in ServerState]: Row<ServerState> } = link(SERVER_TRANSITIONS)
