package contract

import (
	"encoding/hex"
	"strings"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/chaincode/runtime"
)

// nonceBytes is the length of an attestation's nonce.
const nonceBytes = 16

// Verification answers what the ledger says of a code (Art. 10, 11).
type Verification struct {
	contractapi.Contract
	host runtime.Host
}

func newVerification(host runtime.Host) *Verification {
	return &Verification{Contract: named("verification"), host: host}
}

// GetEvaluateTransactions names the transactions that only read.
func (v *Verification) GetEvaluateTransactions() []string { return []string{"Check", "Attest"} }

// Check answers for a code and the query code that belongs to it. A wrong query
// code and a code that does not exist are refused alike, so that neither can be
// found by trying.
func (v *Verification) Check(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(v.host, ctx, request, check)
}

func check(t *runtime.Transaction, request ledger.VerifyRequest) (ledger.Attestation, error) {
	sent, _, err := t.Transient(ledger.TransientQueryCode)
	if err != nil {
		return ledger.Attestation{}, err
	}
	query, err := code.ParseQuery(string(sent))
	if err != nil {
		return ledger.Attestation{}, fault.New(fault.WrongQueryCode)
	}
	parsed, err := resolveCode(t, request.Code)
	if err != nil {
		return ledger.Attestation{}, err
	}
	if parsed == "" {
		return ledger.Attestation{}, fault.New(fault.WrongQueryCode)
	}
	record, found, err := runtime.Get[ledger.Registration](t, ledger.RegistrationKey(parsed))
	if err != nil {
		return ledger.Attestation{}, err
	}
	if !code.MatchesQuery(record.QueryCodeDigest, record.QueryCodeSalt, query) || !found {
		return ledger.Attestation{}, fault.New(fault.WrongQueryCode)
	}
	return attestation(t, parsed, &record), nil
}

// Attest says what this peer's ledger holds of a code. It is equal on every honest
// peer at the same height, so that the endorsements of several organisations
// together are a proof that can be carried away.
func (v *Verification) Attest(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(v.host, ctx, request, attest)
}

func attest(t *runtime.Transaction, request ledger.AttestRequest) (ledger.Attestation, error) {
	nonce, err := hex.DecodeString(request.Nonce)
	if err != nil || len(nonce) != nonceBytes || strings.ToLower(request.Nonce) != request.Nonce {
		return ledger.Attestation{}, fault.New(fault.InvalidValue, fault.Field("nonce"), fault.Detail("32 lower-case hex digits are expected"))
	}
	parsed, err := code.ParseRegistration(request.Code)
	if err != nil {
		return ledger.Attestation{}, fault.New(fault.InvalidValue, fault.Field("code"), fault.Detail("not a registration code"))
	}
	record, found, err := runtime.Get[ledger.Registration](t, ledger.RegistrationKey(parsed))
	if err != nil {
		return ledger.Attestation{}, err
	}
	answer := attestation(t, parsed, nil)
	if found {
		answer = attestation(t, parsed, &record)
	}
	answer.Nonce = request.Nonce
	return answer, nil
}

// attestation gives the answer for a registration, nil for one that does not
// exist.
func attestation(t *runtime.Transaction, registrationCode string, record *ledger.Registration) ledger.Attestation {
	answer := ledger.Attestation{Schema: recordSchema, Mode: t.Network().Mode, Code: registrationCode,
		LedgerTime: t.Stamp(), OffsetSeconds: int64(t.Offset().Seconds())}
	if record == nil {
		return answer
	}
	answer.Found, answer.Status, answer.Version = true, record.Status, record.Version
	answer.ValidFrom, answer.ValidUntil = record.ValidFrom, record.ValidUntil
	answer.Publicised, answer.Registrant = &record.Publicised, record.Registrant
	answer.SlipDigest, answer.IssuedTxID = record.SlipDigest, record.TxID
	return answer
}
