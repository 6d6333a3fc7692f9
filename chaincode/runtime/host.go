package runtime

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/strictjson"
)

// Host is what an endorser brings to a transaction beside the ledger. It is safe
// for concurrent use when Clock is.
type Host struct {
	Clock func() time.Time // the endorser's own clock, for the skew guard alone; required
	Log   *slog.Logger     // internal errors, with their cause; nil discards them
}

// Action is what one transaction does.
type Action[Request, Answer any] func(*Transaction, Request) (Answer, error)

// Submit runs a transaction that changes the ledger: exactly one event when it
// writes, none when it does not. The error's text is the fault's wire form.
func Submit[Request, Answer any](host Host, ctx contractapi.TransactionContextInterface, request string, act Action[Request, Answer]) (string, error) {
	return run(host, ctx, request, change, act)
}

// Evaluate runs a transaction that only reads. A write in it is a programming
// error and fails the transaction.
func Evaluate[Request, Answer any](host Host, ctx contractapi.TransactionContextInterface, request string, act Action[Request, Answer]) (string, error) {
	return run(host, ctx, request, query, act)
}

// Found runs the one transaction that a network needs no record for, because it
// writes that record. It is Submit in all else.
func Found[Request, Answer any](host Host, ctx contractapi.TransactionContextInterface, request string, act Action[Request, Answer]) (string, error) {
	return run(host, ctx, request, founding, act)
}

// purpose says what a transaction may do.
type purpose int

const (
	query purpose = iota
	change
	founding
)

func run[Request, Answer any](host Host, ctx contractapi.TransactionContextInterface, request string, p purpose, act Action[Request, Answer]) (answer string, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
		if err != nil {
			answer, err = "", host.report(ctx.GetStub(), err)
		}
	}()
	document, err := strictjson.Decode[Request]([]byte(request), ledger.MaxRequestBytes)
	if err != nil {
		return "", err
	}
	t, err := begin(host, ctx, p)
	if err != nil {
		return "", err
	}
	value, err := act(t, document)
	if err != nil {
		return "", err
	}
	if err := t.finish(); err != nil {
		return "", err
	}
	text, err := encode(value)
	return string(text), err
}

// report logs what the user must not see and gives the form that travels.
func (h Host) report(stub shim.ChaincodeStubInterface, err error) error {
	f := fault.Of(err)
	if f.Code == fault.Internal && h.Log != nil {
		name, _ := stub.GetFunctionAndParameters()
		h.Log.Error("transaction failed", "transaction", name, "txId", stub.GetTxID(), "error", f.Error())
	}
	return wireError{f}
}

// wireError is a fault whose text is the form that travels in a response.
type wireError struct{ fault *fault.Error }

func (e wireError) Error() string { return e.fault.Wire() }
func (e wireError) Unwrap() error { return e.fault }

// begin reads what every transaction starts from: actor, network, time.
func begin(host Host, ctx contractapi.TransactionContextInterface, p purpose) (*Transaction, error) {
	actor, err := actorOf(ctx.GetStub())
	if err != nil {
		return nil, err
	}
	submitted, err := submittedAt(host, ctx.GetStub())
	if err != nil {
		return nil, err
	}
	t := &Transaction{stub: ctx.GetStub(), actor: actor, now: submitted, purpose: p, written: map[string]bool{}}
	if p == founding {
		return t, nil
	}
	return t, t.loadNetwork()
}

// loadNetwork reads the network's record and, in the same call to the peer, the
// sandbox clock, which a production network does not have.
func (t *Transaction) loadNetwork() error {
	keys := []ledger.Key{ledger.NetworkKey(), ledger.SandboxClockKey()}
	values, err := t.stub.GetMultipleStates(keys[0].String(), keys[1].String())
	if err != nil {
		return fmt.Errorf("network: %w", err)
	}
	network, found, err := parse[ledger.Network](keys[0], values[0])
	if err != nil {
		return err
	}
	if !found {
		return fault.New(fault.NetworkNotInitialized)
	}
	clock, _, err := parse[ledger.SandboxClock](keys[1], values[1])
	if err != nil {
		return err
	}
	t.network = network
	if network.Mode == ledger.ModeSandbox {
		t.offset = time.Duration(clock.OffsetSeconds) * time.Second
		t.now = t.now.Add(t.offset)
	}
	return nil
}

// submittedAt gives the transaction's timestamp, refused when it is further from
// the endorser's clock than ledger.MaxClockSkew, so that no party can back-date.
func submittedAt(host Host, stub timestamped) (time.Time, error) {
	stamp, err := stub.GetTxTimestamp()
	if err != nil {
		return time.Time{}, fmt.Errorf("transaction timestamp: %w", err)
	}
	submitted := stamp.AsTime()
	if submitted.Sub(host.Clock()).Abs() > ledger.MaxClockSkew*time.Second {
		return time.Time{}, fault.New(fault.ClockSkew,
			fault.Value("limitSeconds", fmt.Sprint(ledger.MaxClockSkew)), fault.Value("submittedAt", ledger.Stamp(submitted)))
	}
	return submitted.Truncate(time.Second), nil
}
