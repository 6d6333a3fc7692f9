// Package profile holds the files through which the network launcher tells
// clients how to reach the network: the connection profile and, in a sandbox, the
// demo accounts. Every path in them is absolute.
package profile

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"dengji/chaincode/ledger"
)

// HomeVariable names the environment variable that says where all state lives;
// without it, state lives in DefaultHome of the working directory.
const (
	HomeVariable = "DENGJI_HOME"
	DefaultHome  = ".dengji"
)

// Names of the files inside the home folder.
const (
	ConnectionFile = "connection.json"
	AccountsFile   = "demo-accounts.json" // mode 0600; sandbox only
	OfficersFile   = "officers.json"      // mode 0600
)

// Connection tells a client where the network is.
type Connection struct {
	Channel   string      `json:"channel"`
	Chaincode string      `json:"chaincode"`
	Noop      string      `json:"noop,omitempty"` // the no-op chaincode of a sandbox, for measurements
	Mode      ledger.Mode `json:"mode"`
	Peers     []Peer      `json:"peers"`               // in the order of preference of the registrar's gateway
	SlipKey   string      `json:"slipKey,omitempty"`   // PEM file, SM2 private key of the registrar's slip signer (0600)
	SlipChain string      `json:"slipChain,omitempty"` // PEM file, signer certificate first, root last
}

// Peer is one peer's endpoint.
type Peer struct {
	Name    string `json:"name"`
	MSP     string `json:"msp"`
	Address string `json:"address"` // host:port
	TLSName string `json:"tlsName"` // name in the peer's TLS certificate
	TLSRoot string `json:"tlsRoot"` // PEM file
}

// Account is one demo account with the certificate that it is bound to.
type Account struct {
	Name        string      `json:"name"` // login name, and enrollment id
	Password    string      `json:"password"`
	Label       ledger.Text `json:"label"`
	MSP         string      `json:"msp"`
	Role        ledger.Role `json:"role"`
	USCC        string      `json:"uscc,omitempty"`
	Division    string      `json:"division,omitempty"`
	Office      string      `json:"office,omitempty"` // attribute "name"
	Certificate string      `json:"certificate"`      // PEM file
	Key         string      `json:"key"`              // PEM file, 0600
}

// Officer is what a gateway needs to have accounts of an organisation certified and
// revoked by its certificate authority (Fabric CA). It stands by itself, so that an
// organisation can hand it to the gateway of another.
type Officer struct {
	MSP         string `json:"msp"`
	Address     string `json:"address"`     // host:port of the server
	Root        string `json:"root"`        // PEM, of the server's TLS certificate
	Authority   string `json:"authority"`   // name of the authority at the server
	Certificate string `json:"certificate"` // PEM
	Key         string `json:"key"`         // PEM
}

// ReadOfficers reads a file of officers, which nobody but its owner may read.
func ReadOfficers(path string) ([]Officer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("profile: %s can be read by others than its owner", path)
	}
	var officers []Officer
	return officers, read(path, &officers)
}

// Home gives the absolute state folder.
func Home() (string, error) {
	home := os.Getenv(HomeVariable)
	if home == "" {
		home = DefaultHome
	}
	absolute, err := filepath.Abs(home)
	if err != nil {
		return "", fmt.Errorf("profile: home folder: %w", err)
	}
	return absolute, nil
}

// ReadConnection reads the connection profile of a home folder. A missing file is
// os.ErrNotExist: the network has not been brought up.
func ReadConnection(home string) (Connection, error) {
	var connection Connection
	err := read(filepath.Join(home, ConnectionFile), &connection)
	return connection, err
}

// ReadAccounts reads the demo accounts of a home folder.
func ReadAccounts(home string) ([]Account, error) {
	var accounts []Account
	err := read(filepath.Join(home, AccountsFile), &accounts)
	return accounts, err
}

func read(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("profile: %s: %w", path, err)
	}
	return nil
}
