// Package layout says where everything lies inside a home folder. Paths that hold
// another organisation's public material and paths that hold keys are apart, so
// that one look tells what a home owns.
package layout

import (
	"fmt"
	"os"
	"path/filepath"
)

// Home is the absolute path of a state folder.
type Home string

func (h Home) path(elements ...string) string {
	return filepath.Join(append([]string{string(h), "network"}, elements...)...)
}

// Network is the folder of everything that the launcher keeps.
func (h Home) Network() string { return h.path() }

// Lock is the file that keeps two launchers apart. It outlives the network.
func (h Home) Lock() string { return filepath.Join(string(h), "network.lock") }

// Topology is the copy of the topology that the network was created with.
func (h Home) Topology() string { return h.path("topology.json") }

// Deployment records the chaincodes that are committed.
func (h Home) Deployment() string { return h.path("deployment.json") }

// Genesis is the channel's first block.
func (h Home) Genesis() string { return h.path("channel", "genesis.block") }

// Log is a node's log file.
func (h Home) Log(node string) string { return h.path("logs", node+".log") }

// AuthorityServer is the folder of a certificate authority server.
func (h Home) AuthorityServer(node string) string { return h.path("authorities", node) }

// Organisation is the folder of an organisation's keys and certificates.
func (h Home) Organisation(name string) string { return h.path("organisations", name) }

// Node is the folder of a node: configuration, keys, data.
func (h Home) Node(organisation, node string) string {
	return filepath.Join(h.Organisation(organisation), "nodes", node)
}

// Credential is the folder of an identity that is no node: admin, registrar,
// accounts.
func (h Home) Credential(organisation, name string) string {
	return filepath.Join(h.Organisation(organisation), "identities", name)
}

// TLSRoot is the public TLS root certificate of an organisation, ours or another.
func (h Home) TLSRoot(organisation string) string {
	return h.path("public", organisation, "tls-root.pem")
}

// Bundle is the signed public material of an organisation, ours or another.
func (h Home) Bundle(organisation string) string {
	return h.path("public", organisation, "bundle.json")
}

// Chaincode is the folder of one version of the chaincode binary.
func (h Home) Chaincode(digest string) string { return h.path("chaincode", digest) }

// Builder is the external builder that peers call when a chaincode is installed.
func (h Home) Builder() string { return h.path("builder") }

// Write replaces a file so that a crash leaves the old or the new content, never
// a part: temporary file, fsync, rename, fsync of the folder.
func Write(path string, content []byte, mode os.FileMode) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("layout: %w", err)
	}
	temporary, err := os.CreateTemp(folder, ".write-")
	if err != nil {
		return fmt.Errorf("layout: %w", err)
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // gone already when all went well
	if err := fill(temporary, content, mode); err != nil {
		return fmt.Errorf("layout: %s: %w", path, err)
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return fmt.Errorf("layout: %w", err)
	}
	return syncFolder(folder)
}

func fill(file *os.File, content []byte, mode os.FileMode) error {
	_, err := file.Write(content)
	if err == nil {
		err = file.Chmod(mode)
	}
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

func syncFolder(folder string) error {
	directory, err := os.Open(folder)
	if err != nil {
		return fmt.Errorf("layout: %w", err)
	}
	if err := directory.Sync(); err != nil {
		_ = directory.Close()
		return fmt.Errorf("layout: %w", err)
	}
	return directory.Close()
}

// Exists says whether a path is there.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
