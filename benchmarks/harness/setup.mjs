// What a client module is told about its row.

/** See the clients for who reads which field. `host` is a loopback address other than the usual. */
export function setupOf(row, servers, host = '127.0.0.1') {
  const { port } = servers[row.server]
  const secure = row.server === 'https' || row.server === 'handshakes'
  return {
    origin: `${secure ? 'https' : 'http'}://${host}:${port}`,
    host,
    port,
    path: row.path,
    secure,
    proxy: row.proxy === undefined ? undefined : { kind: row.proxy, port: servers.proxies[row.proxy] },
    caFile: servers.caFile,
    uploadFile: servers.uploadFile,
    uploadBytes: row.uploadBytes,
    work: row.work,
    connections: row.connections ?? 1,
    reconnects: row.reconnects === true,
  }
}
