package contracttest

import (
	"reflect"
	"slices"
	"time"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/contract"
)

// Transactions gives the name of every transaction that the contracts serve, in
// order, read from the contracts themselves.
func Transactions() []string {
	names := []string{}
	shape := reflect.TypeFor[func(contractapi.TransactionContextInterface, string) (string, error)]()
	for _, served := range contract.All(contract.Options{Clock: time.Now}) {
		value := reflect.ValueOf(served)
		for i := range value.NumMethod() {
			if value.Method(i).Type() == shape {
				names = append(names, served.GetName()+":"+value.Type().Method(i).Name)
			}
		}
	}
	slices.Sort(names)
	return names
}
