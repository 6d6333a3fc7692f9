package runtime

import (
	"fmt"
	"slices"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/statebased"
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"google.golang.org/protobuf/types/known/timestamppb"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

type timestamped interface {
	GetTxTimestamp() (*timestamppb.Timestamp, error)
}

// Transaction is a contract's view of one transaction. It is used by one
// goroutine and ends with the transaction.
type Transaction struct {
	stub    shim.ChaincodeStubInterface
	actor   ledger.Actor
	network ledger.Network
	now     time.Time
	offset  time.Duration
	purpose purpose
	written map[string]bool
	event   *ledger.Event
}

// Actor gives who acts, as the certificate says.
func (t *Transaction) Actor() ledger.Actor { return t.actor }

// Network gives the network's record; it is zero in the founding transaction.
func (t *Transaction) Network() ledger.Network { return t.network }

// Now gives ledger time in whole seconds: the transaction's timestamp, plus the
// offset in a sandbox.
func (t *Transaction) Now() time.Time { return t.now }

// Stamp gives ledger time as it is written: RFC 3339, UTC.
func (t *Transaction) Stamp() string { return ledger.Stamp(t.now) }

// Today gives the day of ledger time in Asia/Shanghai, YYYY-MM-DD.
func (t *Transaction) Today() string { return ledger.Day(t.now) }

// Offset gives how far ledger time runs ahead of transaction time; 0 in production.
func (t *Transaction) Offset() time.Duration { return t.offset }

// TxID gives the transaction's id.
func (t *Transaction) TxID() string { return t.stub.GetTxID() }

// RequireRole refuses an actor who holds none of the roles.
func (t *Transaction) RequireRole(roles ...ledger.Role) error {
	if slices.Contains(roles, t.actor.Role) {
		return nil
	}
	return fault.New(fault.RoleNotAllowed, fault.Value("role", string(t.actor.Role)))
}

// Transient gives a value that travels with the proposal and never reaches the
// ledger.
func (t *Transaction) Transient(name string) ([]byte, bool, error) {
	values, err := t.stub.GetTransient()
	if err != nil {
		return nil, false, fmt.Errorf("transient data: %w", err)
	}
	value, found := values[name]
	return value, found, nil
}

// Put writes a record. What is written cannot be read again in the same
// transaction, as Fabric would answer with the state before it.
func (t *Transaction) Put(key ledger.Key, record any) error {
	name, err := t.writable(key)
	if err != nil {
		return err
	}
	value, err := encode(record)
	if err != nil {
		return err
	}
	if err := t.stub.PutState(name, value); err != nil {
		return fmt.Errorf("put %s: %w", key.Kind, err)
	}
	return nil
}

// Delete removes a record from the state; its history stays on the chain.
func (t *Transaction) Delete(key ledger.Key) error {
	name, err := t.writable(key)
	if err != nil {
		return err
	}
	if err := t.stub.DelState(name); err != nil {
		return fmt.Errorf("delete %s: %w", key.Kind, err)
	}
	return nil
}

// SetEndorsers puts a key under a policy of its own: from the next transaction on,
// a write to it is valid only with a peer of every organisation named.
func (t *Transaction) SetEndorsers(key ledger.Key, organisations ...string) error {
	name, err := t.writable(key)
	if err != nil {
		return err
	}
	policy, err := statebased.NewStateEP(nil)
	if err != nil {
		return fmt.Errorf("endorsement policy: %w", err)
	}
	if err := policy.AddOrgs(statebased.RoleTypePeer, organisations...); err != nil {
		return fmt.Errorf("endorsement policy: %w", err)
	}
	content, err := policy.Policy()
	if err != nil {
		return fmt.Errorf("endorsement policy: %w", err)
	}
	if err := t.stub.SetStateValidationParameter(name, content); err != nil {
		return fmt.Errorf("endorsement policy of %s: %w", key.Kind, err)
	}
	return nil
}

// Emit sets the transaction's one event: its type, the ledger id of what changed
// and the record or records after the change.
func (t *Transaction) Emit(eventType, subject string, post any) error {
	if t.event != nil {
		return fmt.Errorf("second event %s after %s", eventType, t.event.Type)
	}
	content, err := encode(post)
	if err != nil {
		return err
	}
	t.event = &ledger.Event{Schema: ledger.EventSchema, Type: eventType, Subject: subject,
		At: t.Stamp(), Actor: t.actor, TxID: t.TxID(), Post: content}
	return nil
}

func (t *Transaction) finish() error {
	if (len(t.written) > 0) != (t.event != nil) {
		return fmt.Errorf("%d keys written, event %v: a transaction that writes emits one event, no other does", len(t.written), t.event != nil)
	}
	if t.event == nil {
		return nil
	}
	content, err := encode(t.event)
	if err != nil {
		return err
	}
	if err := t.stub.SetEvent(t.event.Type, content); err != nil {
		return fmt.Errorf("event: %w", err)
	}
	return nil
}

func (t *Transaction) writable(key ledger.Key) (string, error) {
	if t.purpose == query {
		return "", fmt.Errorf("write to %s in a transaction that only reads", key.Kind)
	}
	name, err := keyName(key)
	if err != nil {
		return "", err
	}
	t.written[name] = true
	return name, nil
}

func (t *Transaction) readable(key ledger.Key) (string, error) {
	name, err := keyName(key)
	if err != nil {
		return "", err
	}
	if t.written[name] {
		return "", fmt.Errorf("read of %s after it was written in the same transaction", key.Kind)
	}
	return name, nil
}

// keyName gives a key's form on the ledger. A part that Fabric cannot hold comes
// from hostile input and is refused as such.
func keyName(key ledger.Key) (string, error) {
	for _, part := range key.Parts {
		if len(part) > ledger.MaxKeyPart {
			return "", fault.New(fault.FieldTooLong, fault.Value("limitBytes", fmt.Sprint(ledger.MaxKeyPart)))
		}
	}
	name, err := shim.CreateCompositeKey(key.Kind, key.Parts)
	if err != nil {
		return "", fault.New(fault.InvalidValue, fault.Cause(err))
	}
	return name, nil
}
