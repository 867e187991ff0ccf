// Public surface of @rockpool/testkit: scripted transport and server, manual clock, leak assertions. Nothing is
// exported yet. It may import the core; the core's sources never import it, only their tests do.
export {}
