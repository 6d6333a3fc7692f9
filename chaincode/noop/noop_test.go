package noop_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/memoryledger"
	"dengji/chaincode/noop"
)

// arguments lets a call of the ledger in memory, which has one argument, carry
// several, separated by blanks.
type arguments struct{ shim.ChaincodeStubInterface }

func (a arguments) GetFunctionAndParameters() (string, []string) {
	function, parameters := a.ChaincodeStubInterface.GetFunctionAndParameters()
	return function, strings.Split(parameters[0], " ")
}

type split struct{ noop.Chaincode }

func (s split) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	return s.Chaincode.Invoke(arguments{stub})
}

func newLedger() *memoryledger.Ledger { return memoryledger.New(split{}, time.Now) }

func TestOneKeyIsWrittenAndReadBack(t *testing.T) {
	l := newLedger()
	outcome := l.Invoke(memoryledger.Call{Name: noop.TxPut, Request: "k v"})
	require.NoError(t, outcome.Err())
	require.Equal(t, "k", string(outcome.Answer))
	require.Len(t, outcome.Writes, 1)
	outcome = l.Invoke(memoryledger.Call{Name: noop.TxGet, Request: "k"})
	require.NoError(t, outcome.Err())
	require.Equal(t, "v", string(outcome.Answer))
	require.Empty(t, outcome.Writes)
}

func TestWhatIsNotOneOfTheTwoFunctionsIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		function, request string
		code              fault.Code
	}{
		"an unknown function":         {"noop:Delete", "k", fault.MalformedRequest},
		"a put with one argument":     {noop.TxPut, "k", fault.MalformedRequest},
		"a get with two arguments":    {noop.TxGet, "k v", fault.MalformedRequest},
		"a put without key":           {noop.TxPut, " v", fault.MissingField},
		"a put without value":         {noop.TxPut, "k ", fault.MissingField},
		"a key longer than allowed":   {noop.TxPut, strings.Repeat("k", noop.MaxKey+1) + " v", fault.FieldTooLong},
		"a value longer than allowed": {noop.TxPut, "k " + strings.Repeat("v", noop.MaxValue+1), fault.FieldTooLong},
		"a get of what is not there":  {noop.TxGet, "k", fault.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			outcome := newLedger().Invoke(memoryledger.Call{Name: c.function, Request: c.request})
			require.Equal(t, c.code, fault.CodeOf(outcome.Err()))
			require.Empty(t, outcome.Writes)
		})
	}
	require.EqualValues(t, shim.OK, noop.Chaincode{}.Init(nil).GetStatus())
}
