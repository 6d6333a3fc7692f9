// Package noop is the chaincode that does as little as a write can: the measure
// beside which every throughput figure of the registry stands.
package noop

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"dengji/chaincode/fault"
)

// Names of its two functions: Put takes a key and a value and answers with the
// key, Get takes a key and answers with the value.
const (
	TxPut = "noop:Put"
	TxGet = "noop:Get"
)

// Limits of its arguments, in bytes.
const (
	MaxKey   = 256
	MaxValue = 64 << 10
)

// Chaincode is safe for concurrent use; it has no state but the ledger.
type Chaincode struct{}

// Init does nothing.
func (Chaincode) Init(shim.ChaincodeStubInterface) *peer.Response { return shim.Success(nil) }

// Invoke runs one of the two functions.
func (Chaincode) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	function, arguments := stub.GetFunctionAndParameters()
	switch {
	case function == TxPut && len(arguments) == 2:
		return put(stub, arguments[0], arguments[1])
	case function == TxGet && len(arguments) == 1:
		return get(stub, arguments[0])
	}
	return refuse(fault.MalformedRequest)
}

func put(stub shim.ChaincodeStubInterface, key, value string) *peer.Response {
	switch {
	case key == "" || value == "":
		return refuse(fault.MissingField)
	case len(key) > MaxKey || len(value) > MaxValue:
		return refuse(fault.FieldTooLong)
	}
	if err := stub.PutState(key, []byte(value)); err != nil {
		return refuse(fault.Internal)
	}
	return shim.Success([]byte(key))
}

func get(stub shim.ChaincodeStubInterface, key string) *peer.Response {
	value, err := stub.GetState(key)
	if err != nil {
		return refuse(fault.Internal)
	}
	if value == nil {
		return refuse(fault.NotFound)
	}
	return shim.Success(value)
}

func refuse(code fault.Code) *peer.Response { return shim.Error(fault.New(code).Wire()) }
