// Package network is the root of everything that runs the Fabric network:
// topology (what there is), toolchain (the binaries), authority (certificates),
// channel (genesis and joining), node (configuration and processes), lifecycle
// (chaincode on the channel), launcher (the commands that tie them together) and
// profile (what clients are told). The folder fabric is a module of its own that
// pins Fabric and Fabric CA.
package network
