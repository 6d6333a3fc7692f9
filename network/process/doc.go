// Package process runs the nodes of a network as detached processes: it starts
// them in a session of their own with a mark in their environment, finds them
// again by that mark, and signals only what carries it. There are no pid files
// that could go stale: the kernel's process table is the only record.
package process
