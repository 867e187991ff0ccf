// What only a network of one's own can show: no port left for a client, and packets of the smallest size there may be. Needs
// Linux, `unshare` and `ip`, and the right to use them; where one is missing the tests say so by being skipped.
//
// Loss, doubling and another order of packets are not made here: the kernel's `netem` is in few kernels, and TCP shows none of
// them to a program except as delay and as pieces, which the relay of the other files makes in every phase.
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const NETWORK = ['-rn', 'sh', '-c']
const hasNetworks =
  process.platform === 'linux' &&
  spawnSync('unshare', [...NETWORK, 'ip link set lo up && test -w /proc/sys/net/ipv4/ip_local_port_range'])
    .status === 0

async function inNetwork(setUp: string, script: string): Promise<unknown> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn('unshare', [...NETWORK, `${setUp} && exec "$0" "$@"`, process.execPath, path])
  let said = ''
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await new Promise((resolve) => child.once('close', resolve))
  expect(complaint).toBe('')
  return JSON.parse(said)
}

it.skipIf(!hasNetworks)('a process without a free port gets typed failures, and recovers', async () => {
  const tenPorts = 'ip link set lo up && echo 40000 40009 > /proc/sys/net/ipv4/ip_local_port_range'
  expect(await inNetwork(tenPorts, 'without-ports.mjs')).toEqual({
    outcomes: ['200', 'NewConnectionError connect nothing EADDRNOTAVAIL'],
    again: ['200'],
    busy: 0,
  })
})

it.skipIf(!hasNetworks)('packets of 576 bytes carry every body whole', async () => {
  const small = 'ip link set lo up mtu 576'
  expect(await inNetwork(small, 'small-packets.mjs')).toEqual({ same: 24, of: 24 })
})
