// Package contract holds the transactions. Each is thin: who calls, which records
// are read, which rule decides, what is written, which event tells it. A file
// holds one subject; the names are those of package ledger.
package contract

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/runtime"
)

// Options is what a process brings to the contracts.
type Options struct {
	Clock func() time.Time // the endorser's own clock, for the skew guard; required, safe for concurrent use
	Log   *slog.Logger     // internal errors; nil discards them
}

func (o Options) host() runtime.Host { return runtime.Host{Clock: o.Clock, Log: o.Log} }

// All gives every contract of the chaincode.
func All(options Options) []contractapi.ContractInterface {
	host := options.host()
	return []contractapi.ContractInterface{
		newGovernance(host),
		newSandbox(host),
		newCatalog(host),
		newEvidence(host),
		newApplication(host),
		newObjection(host),
		newRegistration(host),
		newMandate(host),
		newSupervision(host),
		newVerification(host),
	}
}

// New gives the chaincode with all its contracts.
func New(options Options) (shim.Chaincode, error) {
	chaincode, err := runtime.NewChaincode(options.host(), All(options)...)
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	return chaincode, nil
}

// named is what every contract embeds: its public name for Fabric.
func named(name string) contractapi.Contract { return contractapi.Contract{Name: name} }
