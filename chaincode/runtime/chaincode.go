package runtime

import (
	"fmt"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// NewChaincode joins contracts into one chaincode whose every refusal, that of
// the contract API itself included, is a fault in its wire form.
func NewChaincode(host Host, contracts ...contractapi.ContractInterface) (shim.Chaincode, error) {
	router, err := contractapi.NewChaincode(contracts...)
	if err != nil {
		return nil, fmt.Errorf("runtime: contracts: %w", err)
	}
	return chaincode{host, router}, nil
}

type chaincode struct {
	host   Host
	router *contractapi.ContractChaincode
}

// Init does nothing: a network is founded by a transaction, not by an upgrade.
func (c chaincode) Init(shim.ChaincodeStubInterface) *peer.Response { return shim.Success(nil) }

// Invoke runs a transaction, with its writes sent to the peer in one message where
// the peer takes that.
func (c chaincode) Invoke(stub shim.ChaincodeStubInterface) (response *peer.Response) {
	defer func() {
		if cause := recover(); cause != nil {
			response = shim.Error(c.host.report(stub, fmt.Errorf("panic: %v", cause)).Error())
		}
	}()
	for _, argument := range stub.GetArgs() { // before the router makes copies of it
		if len(argument) > ledger.MaxRequestBytes {
			return shim.Error(fault.New(fault.RequestTooLarge, fault.Value("limitBytes", fmt.Sprint(ledger.MaxRequestBytes))).Wire())
		}
	}
	stub.StartWriteBatch()
	response = c.router.Invoke(stub)
	if response.GetStatus() >= shim.ERRORTHRESHOLD {
		return refused(response)
	}
	if err := stub.FinishWriteBatch(); err != nil {
		return shim.Error(c.host.report(stub, fmt.Errorf("write batch: %w", err)).Error())
	}
	return response
}

// refused replaces what the contract API says of an unknown name or a wrong
// number of arguments.
func refused(response *peer.Response) *peer.Response {
	if _, ours := fault.Parse(response.GetMessage()); ours {
		return response
	}
	return shim.Error(fault.New(fault.MalformedRequest,
		fault.Detail("no such transaction, or not exactly one argument")).Wire())
}
