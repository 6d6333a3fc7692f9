package memoryledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/tidwall/btree"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// Ledger is one chaincode with its state. It is safe for concurrent use.
type Ledger struct {
	chaincode shim.Chaincode
	clock     func() time.Time

	mu        sync.Mutex
	state     *btree.Map[string, entry]
	history   *btree.Map[string, entry] // key, U+0000, height: every version ever written
	committed []Outcome                 // one transaction a block
	proposals uint64
}

// entry is one version of one key.
type entry struct {
	value   []byte
	policy  []byte
	height  uint64 // of the transaction that wrote it
	txID    string
	at      time.Time
	deleted bool
}

// New makes an empty ledger. Clock gives the timestamp of a transaction that
// names none; it must be safe for concurrent use.
func New(chaincode shim.Chaincode, clock func() time.Time) *Ledger {
	return &Ledger{chaincode: chaincode, clock: clock,
		state: btree.NewMap[string, entry](0), history: btree.NewMap[string, entry](0)}
}

// Snapshot gives an independent copy. Both share what neither changes, so that
// a copy costs the same whatever the size.
func (l *Ledger) Snapshot() *Ledger {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.committed)
	return &Ledger{chaincode: l.chaincode, clock: l.clock, state: l.state.Copy(), history: l.history.Copy(),
		committed: l.committed[:n:n], proposals: l.proposals}
}

// Call is one proposal.
type Call struct {
	By        Identity
	Name      string // contract:Function
	Request   string // the JSON document
	Transient map[string][]byte
	At        time.Time // timestamp; zero: the ledger's clock
}

// Outcome is what came of a proposal.
type Outcome struct {
	TxID   string
	Height uint64       // once committed
	Answer []byte       // nil when refused
	Fault  *fault.Error // nil when not refused
	Event  *ledger.Event
	Writes []Write // in key order

	at     time.Time
	reads  []read
	ranges []rangeRead
}

// Write is one key of a transaction's write set.
type Write struct {
	Key     string // as on the ledger; ledger.ParseKey reads it
	Value   []byte // nil when deleted, or when only the policy was set
	Deleted bool
	Policy  []byte // the key-level endorsement policy set, nil when none was
}

// Err gives the fault as an error, nil when there is none.
func (o Outcome) Err() error {
	if o.Fault == nil {
		return nil
	}
	return o.Fault
}

// Decode reads an outcome's answer.
func Decode[T any](o Outcome) (T, error) {
	var answer T
	if o.Fault != nil {
		return answer, o.Fault
	}
	if err := json.Unmarshal(o.Answer, &answer); err != nil {
		return answer, fmt.Errorf("memoryledger: answer: %w", err)
	}
	return answer, nil
}

// Simulate runs a proposal and changes nothing, as endorsement does.
func (l *Ledger) Simulate(call Call) Outcome {
	l.mu.Lock()
	l.proposals++
	if call.At.IsZero() {
		call.At = l.clock()
	}
	s := newStub(call, transactionID(l.proposals, call), l.state.Copy(), l.history.Copy())
	l.mu.Unlock()
	return s.outcome(l.chaincode.Invoke(s))
}

// transactionID is random in Fabric; here it follows from the order of proposals,
// so that two ledgers given the same calls agree.
func transactionID(n uint64, call Call) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s\x00%s\x00%s", n, call.By.Actor.Key(), call.Name, call.Request))
	return hex.EncodeToString(sum[:])
}

// Commit validates an outcome and applies it: CONCURRENT_CHANGE when something
// that it read has changed since, ErrEndorsement when the organisations that
// endorsed it do not suffice. Without organisations all three endorse.
func (l *Ledger) Commit(o Outcome, endorsers ...string) (Outcome, error) {
	if o.Fault != nil {
		return o, o.Fault
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.endorsed(o, endorsers); err != nil {
		return o, err
	}
	if !l.current(o) {
		return o, fault.New(fault.ConcurrentChange)
	}
	o.Height = uint64(len(l.committed)) + 1
	for _, w := range o.Writes {
		l.apply(o, w)
	}
	l.committed = append(l.committed, o)
	return o, nil
}

func (l *Ledger) apply(o Outcome, w Write) {
	e, exists := l.state.Get(w.Key)
	if w.Policy != nil {
		e.policy = w.Policy
	}
	e.height, e.txID, e.at = o.Height, o.TxID, o.at
	switch {
	case w.Deleted:
		l.state.Delete(w.Key)
		e = entry{height: o.Height, txID: o.TxID, at: o.at, deleted: true}
	case w.Value != nil:
		e.value = w.Value
		l.state.Set(w.Key, e)
	case exists:
		l.state.Set(w.Key, e)
		return
	default: // a policy for a key that does not exist has no effect
		return
	}
	l.history.Set(historyKey(w.Key, o.Height), e)
}

func historyKey(key string, height uint64) string { return fmt.Sprintf("%s\x00%020d", key, height) }

// current reports whether everything that was read is still as it was.
func (l *Ledger) current(o Outcome) bool {
	for _, r := range o.reads {
		if e, _ := l.state.Get(r.key); e.height != r.height {
			return false
		}
	}
	for _, r := range o.ranges {
		if !r.unchanged(l.state) {
			return false
		}
	}
	return true
}

// Invoke simulates and commits. A refusal at commit stands in the outcome's
// fault; an endorsement failure cannot happen, as all organisations endorse.
func (l *Ledger) Invoke(call Call) Outcome {
	o, err := l.Commit(l.Simulate(call))
	if err != nil {
		o.Fault, o.Answer = fault.Of(err), nil
	}
	return o
}

// Submit invokes a transaction for a client: its answer and id, or the fault. The
// id is given for a refused transaction too.
func (l *Ledger) Submit(ctx context.Context, by Identity, name string, request []byte, transient map[string][]byte) ([]byte, string, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	o := l.Invoke(Call{By: by, Name: name, Request: string(request), Transient: transient})
	return o.Answer, o.TxID, o.Err()
}

// Evaluate asks a question for a client; nothing is committed.
func (l *Ledger) Evaluate(ctx context.Context, by Identity, name string, request []byte, transient map[string][]byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o := l.Simulate(Call{By: by, Name: name, Request: string(request), Transient: transient})
	return o.Answer, o.Err()
}

// Height gives the number of transactions committed.
func (l *Ledger) Height() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uint64(len(l.committed))
}

// Committed gives the transactions after a height, in order, those without an
// event included.
func (l *Ledger) Committed(after uint64) []Outcome {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := uint64(len(l.committed))
	if after >= n {
		return nil
	}
	return l.committed[after:n:n]
}

// Record reads one key's value, false where there is none.
func (l *Ledger) Record(key ledger.Key) ([]byte, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, found := l.state.Get(key.String())
	return e.value, found
}

// Scan gives every key and value in key order, for comparisons and invariants.
func (l *Ledger) Scan(visit func(key ledger.Key, value []byte) bool) {
	l.mu.Lock()
	state := l.state.Copy()
	l.mu.Unlock()
	state.Scan(func(name string, e entry) bool {
		key, _ := ledger.ParseKey(name)
		return visit(key, e.value)
	})
}

// Plant puts a record into the state without a transaction, as the starting point
// of a test; organisations, if any, become its key-level endorsement policy.
func (l *Ledger) Plant(key ledger.Key, record any, organisations ...string) error {
	value, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("memoryledger: plant: %w", err)
	}
	planted := entry{value: value, at: l.clock()}
	if len(organisations) > 0 {
		if planted.policy, err = PolicyOf(organisations); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.Set(key.String(), planted)
	return nil
}
