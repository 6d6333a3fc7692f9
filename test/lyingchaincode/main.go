// Command lyingchaincode is the registry's chaincode with one lie in it: it attests
// to every registration that it knows as being active. A test runs it in the
// registrar's place, to show that the other organisations' answers give it away.
package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"dengji/chaincode/contract"
	"dengji/chaincode/ledger"
)

// liar alters the answers of an honest chaincode.
type liar struct{ shim.Chaincode }

// Invoke implements shim.Chaincode.
func (l liar) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	response := l.Chaincode.Invoke(stub)
	if function, _ := stub.GetFunctionAndParameters(); function == ledger.TxAttest {
		for _, ended := range []ledger.RegistrationStatus{ledger.RegistrationRevoked, ledger.RegistrationCancelled, ledger.RegistrationExpired} {
			response.Payload = bytes.Replace(response.GetPayload(), status(ended), status(ledger.RegistrationActive), 1)
		}
	}
	return response
}

// status is how an answer spells a status; nothing else of it changes.
func status(of ledger.RegistrationStatus) []byte { return []byte(`"status":"` + string(of) + `"`) }

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "lyingchaincode:", err)
		os.Exit(1)
	}
}

// serve takes the environment of the chaincode that it stands in for.
func serve() error {
	honest, err := contract.New(contract.Options{Clock: time.Now, Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	security := shim.TLSProperties{}
	for variable, into := range map[string]*[]byte{"DENGJI_CHAINCODE_TLS_KEY": &security.Key,
		"DENGJI_CHAINCODE_TLS_CERT": &security.Cert, "DENGJI_CHAINCODE_TLS_CLIENT_CA": &security.ClientCACerts} {
		if *into, err = os.ReadFile(os.Getenv(variable)); err != nil {
			return err
		}
	}
	server := shim.ChaincodeServer{CCID: os.Getenv("DENGJI_CHAINCODE_ID"), Address: os.Getenv("DENGJI_CHAINCODE_ADDRESS"),
		CC: liar{honest}, TLSProps: security}
	return server.Start()
}
