// Package topology reads the one file that says what a network consists of:
// organisations, nodes, hosts, ports, ordering options and, for a sandbox, demo
// accounts. It parses strictly and refuses a file that could not work, naming
// the place; it starts nothing.
package topology
