package runtime_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
	"dengji/chaincode/runtime"
)

// probe is a contract whose every function misuses, or uses, one thing.
type probe struct {
	contractapi.Contract
	host runtime.Host
}

type note struct {
	Text  string            `json:"text"`
	Count int               `json:"count,omitempty"`
	Rows  []row             `json:"rows,omitempty"`
	Map   map[string]string `json:"map,omitempty"`
}

type row struct {
	Name string `json:"name"`
}

var (
	noteKey  = ledger.HeartbeatKey("note")
	otherKey = ledger.HeartbeatKey("other")
)

func (p *probe) submit(ctx contractapi.TransactionContextInterface, request string, act runtime.Action[note, note]) (string, error) {
	return runtime.Submit(p.host, ctx, request, act)
}

func (p *probe) Echo(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(p.host, ctx, request, func(_ *runtime.Transaction, n note) (note, error) { return n, nil })
}

func (p *probe) Write(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return p.submit(ctx, request, func(t *runtime.Transaction, n note) (note, error) {
		if err := t.Put(noteKey, n); err != nil {
			return n, err
		}
		return n, t.Emit("note.put", "note", n)
	})
}

func (p *probe) Silent(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return p.submit(ctx, request, func(t *runtime.Transaction, n note) (note, error) { return n, t.Put(noteKey, n) })
}

func (p *probe) Chatter(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return p.submit(ctx, request, func(t *runtime.Transaction, n note) (note, error) { return n, t.Emit("note.put", "note", n) })
}

func (p *probe) Twice(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return p.submit(ctx, request, func(t *runtime.Transaction, n note) (note, error) {
		return n, errors.Join(t.Put(noteKey, n), t.Emit("a", "a", n), t.Emit("b", "b", n))
	})
}

func (p *probe) ReadBack(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return p.submit(ctx, request, func(t *runtime.Transaction, n note) (note, error) {
		if err := t.Put(noteKey, n); err != nil {
			return n, err
		}
		return runtime.Require[note](t, noteKey)
	})
}

func (p *probe) WriteInQuery(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(p.host, ctx, request, func(t *runtime.Transaction, n note) (note, error) { return n, t.Put(noteKey, n) })
}

func (p *probe) PageInChange(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return p.submit(ctx, request, func(t *runtime.Transaction, n note) (note, error) {
		_, err := runtime.List[note](t, noteKey, ledger.PageRequest{})
		return n, err
	})
}

func (p *probe) Panic(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return p.submit(ctx, request, func(*runtime.Transaction, note) (note, error) { panic("secret state") })
}

func (p *probe) Fail(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return p.submit(ctx, request, func(*runtime.Transaction, note) (note, error) { return note{}, errors.New("secret state") })
}

func (p *probe) BadKey(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return p.submit(ctx, request, func(t *runtime.Transaction, n note) (note, error) {
		return runtime.Require[note](t, ledger.HeartbeatKey(n.Text))
	})
}

func (p *probe) Replace(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return p.submit(ctx, request, func(t *runtime.Transaction, n note) (note, error) {
		return n, errors.Join(t.Delete(noteKey), t.Put(otherKey, n),
			t.SetEndorsers(otherKey, ledger.RegistrarMSP, ledger.AuthorityMSP), t.Emit("note.replaced", "note", n))
	})
}

func (p *probe) Nothing(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(p.host, ctx, request, func(t *runtime.Transaction, _ note) ([]string, error) {
		records, err := runtime.GetMany[note](t, nil)
		if len(records) != 0 {
			return nil, errors.New("records of no keys")
		}
		return nil, err
	})
}

type stage struct {
	*memoryledger.Ledger
	log *strings.Builder
}

func newStage(t *testing.T) stage {
	t.Helper()
	log := &strings.Builder{}
	clock := func() time.Time { return contracttest.Start }
	host := runtime.Host{Clock: clock, Log: slog.New(slog.NewTextHandler(log, nil))}
	chaincode, err := runtime.NewChaincode(host, &probe{Contract: contractapi.Contract{Name: "probe"}, host: host})
	require.NoError(t, err)
	s := stage{memoryledger.New(chaincode, clock), log}
	require.NoError(t, s.Plant(ledger.NetworkKey(), ledger.Network{Mode: ledger.ModeProduction}))
	return s
}

func (s stage) call(t *testing.T, by ledger.Actor, name, request string) memoryledger.Outcome {
	t.Helper()
	identity, err := contracttest.Identity(by)
	require.NoError(t, err)
	return s.Invoke(memoryledger.Call{By: identity, Name: "probe:" + name, Request: request})
}

func TestARequestIsReadStrictly(t *testing.T) {
	cases := map[string]struct {
		request string
		code    fault.Code
		field   string
	}{
		"an object":                           {`{"text":"a","rows":[{"name":"b"}]}`, "", ""},
		"an empty object":                     {`{}`, "", ""},
		"blanks around it":                    {" \n{\"text\":\"a\"}\t", "", ""},
		"nothing":                             {``, fault.MalformedRequest, ""},
		"null":                                {`null`, fault.MalformedRequest, ""},
		"an array":                            {`[]`, fault.MalformedRequest, ""},
		"half an object":                      {`{"text":"a"`, fault.MalformedRequest, ""},
		"something behind the object":         {`{"text":"a"}{}`, fault.MalformedRequest, ""},
		"an unknown field":                    {`{"owner":"a"}`, fault.UnknownField, "owner"},
		"an unknown field deep down":          {`{"rows":[{"name":"a"},{"nam":"b"}]}`, fault.UnknownField, "rows[1].nam"},
		"a field in another case":             {`{"Text":"a"}`, fault.UnknownField, "Text"},
		"a field given twice":                 {`{"text":"a","text":"b"}`, fault.MalformedRequest, "text"},
		"a number for a text":                 {`{"text":1}`, fault.MalformedRequest, "text"},
		"a text for a number":                 {`{"count":"1"}`, fault.MalformedRequest, "count"},
		"a number too large":                  {`{"count":1e400}`, fault.MalformedRequest, "count"},
		"a fraction for a whole number":       {`{"count":1.5}`, fault.MalformedRequest, "count"},
		"a wrong type inside a list":          {`{"rows":[{"name":"a"},{"name":[]}]}`, fault.MalformedRequest, "rows[1].name"},
		"half a surrogate pair":               {`{"text":"\ud800"}`, fault.MalformedRequest, ""},
		"bytes that are no UTF-8":             {"{\"text\":\"\xff\"}", fault.InvalidEncoding, ""},
		"a byte order mark":                   {"\uFEFF{}", fault.MalformedRequest, ""},
		"brackets a hundred thousand deep":    {`{"rows":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`, fault.MalformedRequest, "rows[0]"},
		"a document larger than the limit":    {`{"text":"` + strings.Repeat("a", ledger.MaxRequestBytes) + `"}`, fault.RequestTooLarge, ""},
		"an unknown field with a long name":   {`{"` + strings.Repeat("x", 1000) + `":1}`, fault.UnknownField, strings.Repeat("x", 100) + "…"},
		"a value in a map of the wrong type":  {`{"map":{"a":1}}`, fault.MalformedRequest, "map.a"},
		"a value in a map under a number key": {`{"map":{"7":1}}`, fault.MalformedRequest, "map[7]"},
	}
	s := newStage(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			outcome := s.call(t, contracttest.Party, "Echo", c.request)
			require.Equal(t, c.code, fault.CodeOf(outcome.Err()), "%v", outcome.Fault)
			if outcome.Fault != nil && c.field != "" {
				require.Equal(t, c.field, outcome.Fault.Field)
			}
		})
	}
}

func TestTheActorIsWhatTheCertificateSays(t *testing.T) {
	with := func(change func(*ledger.Actor)) ledger.Actor {
		actor := contracttest.Haidian
		change(&actor)
		return actor
	}
	cases := map[string]struct {
		actor ledger.Actor
		field string
	}{
		"no role":                                 {with(func(a *ledger.Actor) { a.Role = "" }), "role"},
		"a role that does not exist":              {with(func(a *ledger.Actor) { a.Role = "root" }), "role"},
		"a role of another organisation":          {with(func(a *ledger.Actor) { a.Role = ledger.RoleIssuer }), "role"},
		"an organisation that does not exist":     {with(func(a *ledger.Actor) { a.MSP = "MalloryMSP" }), "role"},
		"no name of the person":                   {with(func(a *ledger.Actor) { a.ID = "" }), "id"},
		"a registrant without code":               {with(func(a *ledger.Actor) { a.USCC = "" }), "uscc"},
		"a registrant with a wrong code":          {with(func(a *ledger.Actor) { a.USCC = "91350100M000100Y4Z" }), "uscc"},
		"a registrant without division":           {with(func(a *ledger.Actor) { a.Division = "" }), "division"},
		"a registrant without name":               {with(func(a *ledger.Actor) { a.Name = "" }), "name"},
		"a division that is no number":            {with(func(a *ledger.Actor) { a.Division = "11010X" }), "division"},
		"a division of five digits":               {with(func(a *ledger.Actor) { a.Division = "11010" }), "division"},
		"a name with a line end":                  {with(func(a *ledger.Actor) { a.Name = "a\nb" }), "name"},
		"a name longer than the limit":            {with(func(a *ledger.Actor) { a.Name = strings.Repeat("名", 201) }), "name"},
		"a district officer without division":     {ledger.Actor{MSP: ledger.DistrictsMSP, ID: "d", Role: ledger.RoleDistrict}, "division"},
		"a clerk whose code fails its check":      {ledger.Actor{MSP: ledger.RegistrarMSP, ID: "c", Role: ledger.RoleAcceptor, USCC: "x"}, "uscc"},
		"an authority's role in a party's hand":   {ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "p", Role: ledger.RoleAuthority}, "role"},
		"an operator among registrants":           {ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "p", Role: ledger.RoleOperator}, "role"},
		"a supervisor's role with a wrong letter": {ledger.Actor{MSP: ledger.SupervisorsMSP, ID: "p", Role: "Supervisor"}, "role"},
	}
	s := newStage(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			outcome := s.call(t, c.actor, "Write", `{"text":"a"}`)
			require.Equal(t, fault.InvalidIdentity, fault.CodeOf(outcome.Err()))
			require.Equal(t, c.field, outcome.Fault.Field)
			require.Empty(t, outcome.Writes)
		})
	}
	for _, actor := range contracttest.Cast {
		require.Equal(t, actor, s.call(t, actor, "Write", `{"text":"a"}`).Event.Actor)
	}
}

func TestACallerWithoutCertificateIsRefused(t *testing.T) {
	s := newStage(t)
	outcome := s.Invoke(memoryledger.Call{Name: "probe:Echo", Request: "{}"})
	require.Equal(t, fault.InvalidIdentity, fault.CodeOf(outcome.Err()))
}

func TestMistakesOfAContractAreInternalAndLeaveNothing(t *testing.T) {
	for name, function := range map[string]string{
		"a write without an event":               "Silent",
		"an event without a write":               "Chatter",
		"two events":                             "Twice",
		"a read of what was written before":      "ReadBack",
		"a write in a transaction that reads":    "WriteInQuery",
		"a page in a transaction that may write": "PageInChange",
		"a panic":                                "Panic",
		"an error that is no fault":              "Fail",
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			outcome := s.call(t, contracttest.Party, function, `{"text":"a"}`)
			require.NotNil(t, outcome.Fault)
			require.Equal(t, `{"code":"INTERNAL"}`, outcome.Fault.Wire(), "the user sees internals")
			require.Empty(t, outcome.Writes)
			require.Equal(t, 1, strings.Count(s.log.String(), "level=ERROR"), "logged once: %s", s.log)
			require.Contains(t, s.log.String(), "probe:"+function)
			require.Contains(t, s.log.String(), outcome.TxID)
		})
	}
}

func TestAFaultOfTheUserIsNotLogged(t *testing.T) {
	s := newStage(t)
	require.Equal(t, fault.NotFound, fault.CodeOf(s.call(t, contracttest.Party, "BadKey", `{"text":"a"}`).Err()))
	require.Empty(t, s.log.String())
}

func TestAKeyOfHostilePartsIsRefused(t *testing.T) {
	s := newStage(t)
	for name, c := range map[string]struct {
		request string
		code    fault.Code
	}{
		"with U+0000":           {`{"text":"a\u0000b"}`, fault.InvalidValue},
		"with U+10FFFF":         {`{"text":"a` + "\U0010FFFF" + `"}`, fault.InvalidValue},
		"longer than the limit": {`{"text":"` + strings.Repeat("a", ledger.MaxKeyPart+1) + `"}`, fault.FieldTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.code, fault.CodeOf(s.call(t, contracttest.Party, "BadKey", c.request).Err()))
		})
	}
}

func TestATransactionThatDoesNotExistIsRefusedInOurWords(t *testing.T) {
	s := newStage(t)
	identity, err := contracttest.Identity(contracttest.Party)
	require.NoError(t, err)
	for _, name := range []string{"probe:None", "none:Echo", "", ":", "probe:", "probe:submit", "probe:GetName"} {
		outcome := s.Invoke(memoryledger.Call{By: identity, Name: name, Request: "{}"})
		require.Equal(t, fault.MalformedRequest, fault.CodeOf(outcome.Err()), name)
	}
}

func TestAWriteADeletionAndAPolicyAreOneTransaction(t *testing.T) {
	s := newStage(t)
	require.NoError(t, s.call(t, contracttest.Party, "Write", `{"text":"<a&b>"}`).Err())
	stored, found := s.Record(noteKey)
	require.True(t, found)
	require.Equal(t, `{"text":"<a&b>"}`, string(stored))
	outcome := s.call(t, contracttest.Party, "Replace", `{"text":"b"}`)
	require.NoError(t, outcome.Err())
	require.Len(t, outcome.Writes, 2)
	require.True(t, outcome.Writes[0].Deleted)
	endorsers, err := outcome.Writes[1].Endorsers()
	require.NoError(t, err)
	require.Equal(t, []string{ledger.AuthorityMSP, ledger.RegistrarMSP}, endorsers)
	_, found = s.Record(noteKey)
	require.False(t, found)
}

func TestAnEmptyListIsAnswered(t *testing.T) {
	s := newStage(t)
	outcome := s.call(t, contracttest.Party, "Nothing", "{}")
	require.NoError(t, outcome.Err())
	require.Equal(t, "[]", string(outcome.Answer))
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"text":"a"}`, `{"rows":[{"name":"b"}]}`, `{"map":{"a":"b"}}`, `[`, `{"a":`, "\xff", `{"text":"\ud800"}`} {
		f.Add(seed)
	}
	clock := func() time.Time { return contracttest.Start }
	host := runtime.Host{Clock: clock}
	chaincode, err := runtime.NewChaincode(host, &probe{Contract: contractapi.Contract{Name: "probe"}, host: host})
	require.NoError(f, err)
	l := memoryledger.New(chaincode, clock)
	require.NoError(f, l.Plant(ledger.NetworkKey(), ledger.Network{Mode: ledger.ModeProduction}))
	identity, err := contracttest.Identity(contracttest.Party)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, request string) {
		outcome := l.Simulate(memoryledger.Call{By: identity, Name: "probe:Echo", Request: request})
		if outcome.Fault != nil {
			require.NotEqual(t, fault.Internal, outcome.Fault.Code)
			return
		}
		again := l.Simulate(memoryledger.Call{By: identity, Name: "probe:Echo", Request: string(outcome.Answer)})
		require.NoError(t, again.Err(), "what was answered is not accepted")
		require.Equal(t, outcome.Answer, again.Answer)
	})
}
