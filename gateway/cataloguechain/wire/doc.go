// Package wire is the interface to the city's catalogue chain (DB11/T 2047-2022):
// blocks of catalogue changes, chained by their digests and signed by the chain's
// nodes. The real interface is not public; catalogue-chain.yaml describes this one.
package wire
