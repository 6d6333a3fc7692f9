package launcher

import (
	_ "embed"
	"path/filepath"
	"strconv"

	"dengji/network/process"
)

// keepLogs is a shell script: the smallest process that every machine can run,
// and one that does not depend on the program that launched the network.
//
//go:embed keeper/keep.sh
var keepLogs string

// Limits of log files: at most four of maxLogBytes for each node.
const (
	keeperName    = "log-keeper"
	maxLogBytes   = 32 << 20
	keeperSeconds = 30
)

// keeperNode gives the process that keeps logs from filling the disk.
func (n *Network) keeperNode() Node {
	folder := filepath.Dir(n.home.Log(keeperName))
	return Node{
		Name: keeperName, Kind: KindLogs,
		specification: process.Specification{
			Name: keeperName, Executable: "/bin/sh",
			Arguments: []string{"-c", keepLogs, keeperName, folder, strconv.Itoa(maxLogBytes), strconv.Itoa(keeperSeconds)},
			Folder:    folder, Log: n.home.Log(keeperName),
		},
	}
}
