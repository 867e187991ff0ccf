// The floor's slower brother: the same sockets read with 'data' events, as most clients read.
import { openSockets } from './floor.mjs'

export const open = (setup) => openSockets(setup, { events: true })
