// Package channel makes the channel: the public bundle that each organisation
// gives to the others, the genesis block from the bundles of all, and the joining
// of orderers and peers. It needs nobody's private key but the joining
// organisation's own.
package channel
