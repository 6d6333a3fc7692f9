// Package launcher brings a network up, keeps it, and takes it down: the commands
// under "dengji network". It ties topology, authority, node, channel, lifecycle
// and process together and holds the order of the steps; what each step does is
// in those packages.
package launcher
