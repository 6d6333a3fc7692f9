package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/division"
	"dengji/chaincode/rules/field"
	"dengji/chaincode/rules/uscc"
	"dengji/chaincode/runtime"
)

// recordSchema is the version of the records that this code writes.
const recordSchema = 1

// Governance founds the network and keeps what the authority decides for all:
// rule packs and calendars (Art. 5).
type Governance struct {
	contractapi.Contract
	host runtime.Host
}

func newGovernance(host runtime.Host) *Governance {
	return &Governance{Contract: named("governance"), host: host}
}

// GetEvaluateTransactions names the transactions that only read.
func (g *Governance) GetEvaluateTransactions() []string {
	return []string{"GetNetwork", "GetRulePack", "GetCalendar", "Deadline"}
}

// Initialize founds the network, once, by the authority.
func (g *Governance) Initialize(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Found(g.host, ctx, request, initialize)
}

func initialize(t *runtime.Transaction, request ledger.InitializeRequest) (ledger.Network, error) {
	if err := t.RequireRole(ledger.RoleAuthority); err != nil {
		return ledger.Network{}, err
	}
	if err := checkInitialize(request); err != nil {
		return ledger.Network{}, err
	}
	_, found, err := runtime.Get[ledger.Network](t, ledger.NetworkKey())
	if err != nil {
		return ledger.Network{}, err
	}
	if found {
		return ledger.Network{}, fault.New(fault.AlreadyExists)
	}
	network := ledger.Network{
		Schema: recordSchema, Mode: request.Mode, Name: request.Name, Division: request.Division,
		Registrar: request.Registrar, RegistrarID: request.RegistrarUSCC, CreatedAt: t.Stamp(), TxID: t.TxID(),
	}
	if err := t.Put(ledger.NetworkKey(), network); err != nil {
		return ledger.Network{}, err
	}
	return network, t.Emit("network.initialized", ledger.KindNetwork, network)
}

func checkInitialize(request ledger.InitializeRequest) error {
	modes := []string{string(ledger.ModeSandbox), string(ledger.ModeProduction)}
	if err := field.OneOf("mode", string(request.Mode), modes); err != nil {
		return err
	}
	if err := field.Line("name", request.Name, ledger.MaxEntryName); err != nil {
		return err
	}
	if err := division.Check("division", request.Division); err != nil {
		return err
	}
	if err := field.Line("registrar", request.Registrar, ledger.MaxEntryName); err != nil {
		return err
	}
	return uscc.CheckField("registrarUscc", request.RegistrarUSCC)
}

// GetNetwork tells what network this is and what time it is there.
func (g *Governance) GetNetwork(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(g.host, ctx, request, getNetwork)
}

func getNetwork(t *runtime.Transaction, _ struct{}) (ledger.Now, error) {
	return nowOf(t), nil
}

func nowOf(t *runtime.Transaction) ledger.Now {
	return ledger.Now{Network: t.Network(), LedgerTime: t.Stamp(), OffsetSeconds: int64(t.Offset().Seconds())}
}

// Heartbeat proves that a transaction of an operator commits. Each organisation
// writes a key of its own.
func (g *Governance) Heartbeat(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(g.host, ctx, request, heartbeat)
}

func heartbeat(t *runtime.Transaction, _ struct{}) (ledger.Now, error) {
	if err := t.RequireRole(ledger.RoleOperator); err != nil {
		return ledger.Now{}, err
	}
	beat := ledger.Heartbeat{Organisation: t.Actor().MSP, At: t.Stamp(), TxID: t.TxID()}
	if err := t.Put(ledger.HeartbeatKey(beat.Organisation), beat); err != nil {
		return ledger.Now{}, err
	}
	return nowOf(t), t.Emit("network.heartbeat", beat.Organisation, beat)
}
