package checks

import (
	"context"
	"fmt"

	"dengji/chaincode/ledger"
)

// Name names a check, in metrics, addresses and the database.
type Name string

// The checks.
const (
	Ledger         Name = "ledger"
	ReadModel      Name = "read_model"
	EvidenceStore  Name = "evidence_store"
	Scanner        Name = "scanner"
	Evidence       Name = "evidence"
	Audit          Name = "audit"
	National       Name = "national"
	CatalogueChain Name = "catalogue_chain"
	Mail           Name = "mail"
	Certificates   Name = "certificates"
	Revocations    Name = "revocations"
	Disk           Name = "disk"
	Clocks         Name = "clocks"
)

// Finding is something that is not as it should be.
type Finding struct {
	// About tells the findings of one check apart, and is the same as long as one
	// lasts. It is one of few values and names no person's data.
	About string
	// Text says it in one sentence.
	Text ledger.Text
}

// Check is one thing that is looked after.
type Check struct {
	Name Name
	// Look gives what is wrong at present. Its error says that it could not find out.
	Look func(context.Context) ([]Finding, error)
}

// one is a single finding.
func one(about, zh, en string, values ...any) []Finding {
	return []Finding{{about, ledger.Text{ZH: fmt.Sprintf(zh, values...), EN: fmt.Sprintf(en, values...)}}}
}
