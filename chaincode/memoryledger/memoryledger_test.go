package memoryledger_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
)

// scripted is a chaincode that does what the test says.
type scripted func(shim.ChaincodeStubInterface) *peer.Response

func (s scripted) Init(shim.ChaincodeStubInterface) *peer.Response { return shim.Success(nil) }

func (s scripted) Invoke(stub shim.ChaincodeStubInterface) *peer.Response { return s(stub) }

var start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

func newLedger(do scripted) *memoryledger.Ledger {
	return memoryledger.New(do, func() time.Time { return start })
}

// commands is a tiny language: "put k v", "del k", "get k", "range", "page n
// bookmark", "policy k org...", separated by ";". It answers with what was read.
func commands(stub shim.ChaincodeStubInterface) *peer.Response {
	_, arguments := stub.GetFunctionAndParameters()
	read := []string{}
	for command := range strings.SplitSeq(arguments[0], ";") {
		line, err := run(stub, strings.Fields(command))
		if err != nil {
			return shim.Error(err.Error())
		}
		if line != "" {
			read = append(read, line)
		}
	}
	return shim.Success([]byte(strings.Join(read, " ")))
}

func run(stub shim.ChaincodeStubInterface, words []string) (string, error) {
	key := func() string { return ledger.HeartbeatKey(words[1]).String() }
	switch words[0] {
	case "put":
		return "", stub.PutState(key(), []byte(words[2]))
	case "del":
		return "", stub.DelState(key())
	case "get":
		value, err := stub.GetState(key())
		return words[1] + "=" + string(value), err
	case "policy":
		content, err := memoryledger.PolicyOf(words[2:])
		if err != nil {
			return "", err
		}
		return "", stub.SetStateValidationParameter(key(), content)
	case "range":
		rows, err := stub.GetStateByPartialCompositeKey(ledger.KindHeartbeat, nil)
		return values(rows, err)
	case "page":
		size, _ := strconv.Atoi(words[1])
		bookmark := ""
		if len(words) > 2 {
			bookmark = ledger.HeartbeatKey(words[2]).String()
		}
		rows, metadata, err := stub.GetStateByPartialCompositeKeyWithPagination(ledger.KindHeartbeat, nil, int32(size), bookmark)
		if err != nil {
			return "", err
		}
		text, err := values(rows, nil)
		if next, more := ledger.ParseKey(metadata.GetBookmark()); more {
			text += ">" + next.Parts[0]
		}
		return text, err
	case "history":
		versions, err := stub.GetHistoryForKey(key())
		if err != nil {
			return "", err
		}
		read := []string{}
		for versions.HasNext() {
			version, err := versions.Next()
			if err != nil {
				return "", err
			}
			read = append(read, string(version.GetValue())+strconv.FormatBool(version.GetIsDelete()))
		}
		_, err = versions.Next()
		if err == nil {
			return "", context.Canceled
		}
		return strings.Join(read, ","), versions.Close()
	}
	return "", context.Canceled
}

func values(rows shim.StateQueryIteratorInterface, err error) (string, error) {
	if err != nil {
		return "", err
	}
	read := []string{}
	for rows.HasNext() {
		row, err := rows.Next()
		if err != nil {
			return "", err
		}
		read = append(read, string(row.GetValue()))
	}
	if _, err := rows.Next(); err == nil {
		return "", context.Canceled
	}
	return strings.Join(read, ","), rows.Close()
}

func call(text string) memoryledger.Call { return memoryledger.Call{Name: "x", Request: text} }

func answer(t *testing.T, l *memoryledger.Ledger, text string) string {
	t.Helper()
	o := l.Invoke(call(text))
	require.NoError(t, o.Err())
	return string(o.Answer)
}

func TestOwnWritesAreNotSeenByOwnReads(t *testing.T) {
	l := newLedger(commands)
	require.Equal(t, "a=", answer(t, l, "put a 1;get a"))
	require.Equal(t, "a=1", answer(t, l, "put a 2;get a"))
	require.Equal(t, "a=2", answer(t, l, "del a;get a"))
	require.Equal(t, "a=", answer(t, l, "get a"))
	require.Equal(t, "true,2false,1false", answer(t, l, "history a"), "newest first")
}

func TestAReadThatIsNoLongerTrueMakesATransactionInvalid(t *testing.T) {
	cases := map[string]struct {
		proposal, meanwhile string
		conflict            bool
	}{
		"a key read was changed":             {"get a;put b 1", "put a 2", true},
		"a key read was deleted":             {"get a;put b 1", "del a", true},
		"a key read as absent was made":      {"get z;put b 1", "put z 1", true},
		"a key of a range was changed":       {"range;put b 1", "put a 2", true},
		"a key appeared in a range":          {"range;put b 1", "put z 1", true},
		"a key of a range was deleted":       {"range;put b 1", "del a", true},
		"a key was only written":             {"put a 3", "put a 2", false},
		"another key was changed":            {"get a;put b 1", "put z 1", false},
		"nothing was changed":                {"range;get a;put b 1", "get a", false},
		"a page was read, which is not held": {"page 9", "put a 2", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			l := newLedger(commands)
			answer(t, l, "put a 1")
			proposal := l.Simulate(call(c.proposal))
			require.NoError(t, proposal.Err())
			answer(t, l, c.meanwhile)
			height := l.Height()
			_, err := l.Commit(proposal)
			if !c.conflict {
				require.NoError(t, err)
				return
			}
			require.Equal(t, fault.ConcurrentChange, fault.CodeOf(err))
			require.Equal(t, height, l.Height())
		})
	}
}

func TestAPagedTransactionCannotWrite(t *testing.T) {
	l := newLedger(commands)
	require.Error(t, l.Invoke(call("page 1;put a 1")).Err())
	require.Error(t, l.Invoke(call("put a 1;page 1")).Err())
	require.Error(t, l.Invoke(call("page 0")).Err())
	require.Zero(t, l.Height())
}

func TestPagesCoverARangeOnceInOrder(t *testing.T) {
	l := newLedger(commands)
	answer(t, l, "put a 1;put b 2;put c 3;put d 4;put e 5")
	require.Equal(t, "1,2>c", answer(t, l, "page 2"))
	require.Equal(t, "3,4>e", answer(t, l, "page 2 c"))
	require.Equal(t, "5", answer(t, l, "page 2 e"))
	require.Equal(t, "1,2,3,4,5", answer(t, l, "page 5"), "no bookmark behind the last key")
}

func TestKeyLevelPoliciesAreEnforcedAndKept(t *testing.T) {
	l := newLedger(commands)
	answer(t, l, "put a 1;policy a AuthorityMSP RegistrarMSP")
	change := l.Simulate(call("put a 2"))
	_, err := l.Commit(change, ledger.RegistrarMSP, ledger.DistrictsMSP)
	require.ErrorIs(t, err, memoryledger.ErrEndorsement)
	_, err = l.Commit(change, ledger.RegistrarMSP, ledger.AuthorityMSP)
	require.NoError(t, err)
	again := l.Simulate(call("put a 3"))
	_, err = l.Commit(again, ledger.RegistrarMSP)
	require.ErrorIs(t, err, memoryledger.ErrEndorsement, "the policy outlives a change of the value")
	answer(t, l, "policy a AuthorityMSP")
	_, err = l.Commit(l.Simulate(call("del a")), ledger.AuthorityMSP)
	require.NoError(t, err, "the key's own policy stands in place of the chaincode's")
	_, err = l.Commit(l.Simulate(call("put a 1")), ledger.AuthorityMSP)
	require.ErrorIs(t, err, memoryledger.ErrEndorsement, "a deleted key falls back under the chaincode's policy")
	answer(t, l, "policy none AuthorityMSP")
	require.Equal(t, "none=", answer(t, l, "get none"))
}

func TestASnapshotIsIndependent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.StringMatching(`[a-f]{1,2}`), 1, 20)
		l := newLedger(commands)
		for _, key := range keys.Draw(t, "before") {
			require.NoError(t, l.Invoke(call("put "+key+" 1")).Err())
		}
		before := dump(l)
		branch := l.Snapshot()
		for _, key := range keys.Draw(t, "in the branch") {
			require.NoError(t, branch.Invoke(call("put "+key+" 2")).Err())
		}
		require.Equal(t, before, dump(l))
		after := dump(branch)
		for _, key := range keys.Draw(t, "in the original") {
			require.NoError(t, l.Invoke(call("del "+key)).Err())
		}
		require.Equal(t, after, dump(branch))
	})
}

func dump(l *memoryledger.Ledger) map[string]string {
	content := map[string]string{}
	l.Scan(func(key ledger.Key, value []byte) bool {
		content[key.String()] = string(value)
		return true
	})
	return content
}

func TestClientsSubmitAndEvaluate(t *testing.T) {
	l := newLedger(commands)
	identity, err := memoryledger.NewIdentity(ledger.Actor{MSP: "m", ID: "i"})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	_, txID, err := l.Submit(ctx, identity, "x", []byte("put a 1"), nil)
	require.NoError(t, err)
	require.Len(t, txID, 64)
	got, err := l.Evaluate(ctx, identity, "x", []byte("put a 2;get a"), nil)
	require.NoError(t, err)
	require.Equal(t, "a=1", string(got))
	require.Len(t, l.Committed(0), 1)
	require.Empty(t, l.Committed(1))
	require.EqualValues(t, 1, l.Committed(0)[0].Height)
	_, refused, err := l.Submit(ctx, identity, "x", []byte("what"), nil)
	require.Equal(t, fault.Internal, fault.CodeOf(err))
	require.NotEqual(t, txID, refused)
	cancel()
	_, _, err = l.Submit(ctx, identity, "x", []byte("put a 1"), nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = l.Evaluate(ctx, identity, "x", []byte("get a"), nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestManyClientsAtOnceLoseNothing(t *testing.T) {
	l := newLedger(commands)
	identity, err := memoryledger.NewIdentity(ledger.Actor{MSP: "m", ID: "i"})
	require.NoError(t, err)
	const clients, each = 8, 20
	var group sync.WaitGroup
	conflicts := make(chan error, clients*each)
	for client := range clients {
		group.Go(func() {
			for n := range each {
				_, _, err := l.Submit(t.Context(), identity, "x", fmt.Appendf(nil, "get shared;put shared %d;put k%d-%d 1", n, client, n), nil)
				if err != nil {
					conflicts <- err
				}
				_, _ = l.Snapshot().Evaluate(t.Context(), identity, "x", []byte("range"), nil)
			}
		})
	}
	group.Wait()
	close(conflicts)
	refused := 0
	for err := range conflicts {
		require.Equal(t, fault.ConcurrentChange, fault.CodeOf(err))
		refused++
	}
	require.EqualValues(t, clients*each-refused, l.Height())
	require.Len(t, dump(l), int(l.Height())+1, "every transaction that was not refused has left its own key")
}

func TestTheStubAnswersForItsProposal(t *testing.T) {
	l := newLedger(func(stub shim.ChaincodeStubInterface) *peer.Response {
		stamp, _ := stub.GetTxTimestamp()
		transient, _ := stub.GetTransient()
		composite, _ := stub.CreateCompositeKey("kind", []string{"a", "b"})
		kind, parts, err := stub.SplitCompositeKey(composite)
		if err != nil {
			return shim.Error(err.Error())
		}
		if _, _, err := stub.SplitCompositeKey("plain"); err == nil {
			return shim.Error("a plain key was split")
		}
		if stub.PutState("", []byte("x")) == nil || stub.PutState("k", nil) == nil || stub.SetEvent("", nil) == nil {
			return shim.Error("an empty key, value or event name was accepted")
		}
		return shim.Success([]byte(strings.Join([]string{stub.GetChannelID(), stub.GetStringArgs()[0], string(stub.GetArgs()[1]),
			stamp.AsTime().Format(time.RFC3339), string(transient["t"]), kind, strings.Join(parts, "+")}, " ")))
	})
	o := l.Invoke(memoryledger.Call{Name: "x", Request: "r", At: start.Add(time.Hour), Transient: map[string][]byte{"t": []byte("v")}})
	require.NoError(t, o.Err())
	require.Equal(t, "registration x r 2026-03-02T02:00:00Z v kind a+b", string(o.Answer))
}

func TestSimpleKeysAreApartFromCompositeOnes(t *testing.T) {
	l := newLedger(func(stub shim.ChaincodeStubInterface) *peer.Response {
		if stub.GetStringArgs()[1] == "put" {
			for _, key := range []string{"a", "b", "c", ledger.NetworkKey().String()} {
				if err := stub.PutState(key, []byte(strings.Trim(key, "\x00"))); err != nil {
					return shim.Error(err.Error())
				}
			}
			return shim.Success(nil)
		}
		all, err := values(stub.GetStateByRange("", ""))
		if err != nil {
			return shim.Error(err.Error())
		}
		rows, _, err := stub.GetStateByRangeWithPagination("", "c", 9, "")
		part, _ := values(rows, err)
		return shim.Success([]byte(all + " " + part))
	})
	require.NoError(t, l.Invoke(call("put")).Err())
	require.Equal(t, "a,b,c a,b", answer(t, l, "read"))
}
