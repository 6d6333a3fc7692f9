package topology

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/goccy/go-yaml"
)

// MaxFileBytes bounds a topology file.
const MaxFileBytes = 1 << 20

// Parse reads a topology and checks it. The error names the line of a syntax
// error or unknown field, or lists everything that contradicts itself.
func Parse(content []byte) (*Topology, error) {
	if len(content) > MaxFileBytes {
		return nil, fmt.Errorf("topology: the file is larger than %d bytes", MaxFileBytes)
	}
	var t Topology
	decoder := yaml.NewDecoder(bytes.NewReader(content), yaml.Strict())
	if err := decoder.Decode(&t); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("topology: the file is empty")
		}
		return nil, fmt.Errorf("topology: %s", yaml.FormatError(err, false, true))
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	return &t, nil
}

// AddAccounts appends to each organisation the accounts that find gives for its
// AccountsFrom, and checks the whole again.
func (t *Topology) AddAccounts(find func(name string) ([]Account, error)) error {
	for i := range t.Organisations {
		o := &t.Organisations[i]
		if o.AccountsFrom == "" {
			continue
		}
		more, err := find(o.AccountsFrom)
		if err != nil {
			return fmt.Errorf("topology: organisations[%d].accountsFrom: %w", i, err)
		}
		o.Accounts = append(o.Accounts, more...)
	}
	return t.check()
}

// Shift moves every port so that the port base becomes base.
func (t *Topology) Shift(base int) error {
	by := base - t.PortBase
	if by == 0 {
		return nil
	}
	t.PortBase = base
	for i := range t.Organisations {
		shiftOrganisation(&t.Organisations[i], by)
	}
	return t.check()
}

func shiftOrganisation(o *Organisation, by int) {
	o.Authority.Port += by
	for i := range o.Orderers {
		o.Orderers[i].Port += by
		o.Orderers[i].AdminPort += by
		o.Orderers[i].OperationsPort += by
	}
	for i := range o.Peers {
		o.Peers[i].Port += by
		o.Peers[i].OperationsPort += by
		if o.Peers[i].ChaincodePort != 0 {
			o.Peers[i].ChaincodePort += by
		}
	}
}
