package readmodel_test

import (
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/canonical"
	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/fixtures/calendars"
	"dengji/fixtures/rulepacks"
	"dengji/gateway/readmodel/blocks"
	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/enginetest"
	"dengji/gateway/readmodel/queries"
	"dengji/gateway/readmodel/rows"
)

// story plays registrations on the contracts themselves.
type story struct {
	*contracttest.Stage
	t testing.TB
}

func begin(t testing.TB) story {
	s := story{contracttest.Founded(t, ledger.ModeSandbox), t}
	all, err := calendars.All()
	require.NoError(t, err)
	for _, calendar := range all {
		s.Changed(contracttest.Authority, ledger.TxPutCalendar, calendar)
	}
	pack, err := rulepacks.Read(rulepacks.BeijingDraft2025)
	require.NoError(t, err)
	s.Changed(contracttest.Authority, ledger.TxProposeRulePack, pack)
	s.Changed(contracttest.Supervisor, ledger.TxApproveRulePack, pack.Reference())
	return s
}

func (s story) evidence(by ledger.Actor, kind ledger.EvidenceKind, content string) string {
	sum, err := multihash.Sum([]byte(content), multihash.SHA2_256, -1)
	require.NoError(s.t, err)
	id := cid.NewCidV1(cid.Raw, sum).String()
	contracttest.Do[ledger.Evidence](s.Stage, by, ledger.TxAnchorEvidence, ledger.AnchorEvidenceRequest{CID: id,
		SM3: canonical.DigestOf([]byte(content)), Kind: kind, Size: int64(len(content)), MediaType: "application/pdf"})
	return id
}

func (s story) entry(by ledger.Actor, identifier, summary string) ledger.EntryReference {
	s.Changed(by, ledger.TxPutBatch, ledger.PutBatchRequest{Entries: []ledger.EntryContent{{Identifier: identifier, Name: "公共停车场目录",
		Classification: "城市管理", ProviderName: by.Name, Summary: summary, Format: "数据库", Items: []ledger.InformationItem{{Name: "名称", Type: "C", Length: 100}},
		SharingType: "无条件共享", SharingMethod: "共享平台", OpenType: "无条件开放", UpdateCycle: "每日", PublishDate: "2026-01-05", Industry: "G54", Division: by.Division}}})
	return ledger.EntryReference{Provider: by.USCC, Identifier: identifier}
}

func (s story) submit(by ledger.Actor, name string) ledger.Application {
	request := ledger.SubmitRequest{Type: ledger.TypeFirst, Kind: ledger.KindResource, Filing: ledger.FilingOwn,
		Entries: []ledger.EntryReference{s.entry(by, name, "位置和泊位数")}, DataName: "公共停车场目录" + name, Industry: "G54", DataType: "数据资源", Summary: "停车场。"}
	for key, kind := range map[string]ledger.EvidenceKind{"lawful_source_commitment": ledger.EvidenceCommitment, "storage_location": ledger.EvidenceStorageLocation,
		"query_result": ledger.EvidenceQueryResult, "operation_log": ledger.EvidenceOperationLog, "risk_assessment": ledger.EvidenceRiskAssessment} {
		request.Materials = append(request.Materials, ledger.Material{Key: key, CID: s.evidence(by, kind, key+name+by.USCC)})
	}
	return contracttest.Do[ledger.Application](s.Stage, by, ledger.TxSubmit, request)
}

func (s story) act(by ledger.Actor, a ledger.Application, action string) ledger.Application {
	request := ledger.ActRequest{ID: a.ID, Action: action}
	if action == "issue" {
		request.Issue = &ledger.IssueRequest{QueryCodeDigest: canonical.DigestOf([]byte("salted")), QueryCodeSalt: strings.Repeat("ab", 16)}
	}
	return contracttest.Do[ledger.Application](s.Stage, by, ledger.TxAct, request)
}

func (s story) publish(by, reviewer ledger.Actor, name string) ledger.Application {
	a := s.submit(by, name)
	a = s.act(reviewer, a, "endorse_business_review")
	a = s.act(by, a, "file")
	a = s.act(contracttest.Acceptor, a, "accept")
	return s.act(contracttest.Reviewer, a, "publish")
}

// tell leaves one registration behind, one notice with an objection, one
// application in business review, and an entry that has changed since.
func tell(t testing.TB) (s story, registered, noticed, waiting ledger.Application, objection ledger.Objection) {
	s = begin(t)
	registered = s.publish(contracttest.Haidian, contracttest.DistrictHaidian, "parking-1")
	ended, err := time.ParseInLocation(time.DateOnly, registered.NoticeEnd, ledger.Shanghai)
	require.NoError(t, err)
	s.Clock.Set(ended.AddDate(0, 0, 1).Add(10 * time.Hour))
	registered = s.act(contracttest.Issuer, registered, "issue")
	noticed = s.publish(contracttest.Chaoyang, contracttest.DistrictChaoyang, "parking-2")
	objection = contracttest.Do[ledger.Objection](s.Stage, contracttest.Party, ledger.TxRaiseObjection, ledger.RaiseObjectionRequest{
		Application: noticed.ID, IdentityDigest: canonical.DigestOf([]byte("name")), StatementDigest: canonical.DigestOf([]byte("statement")),
		Evidence: []string{s.evidence(contracttest.Party, ledger.EvidenceOther, "objection")}})
	waiting = s.submit(contracttest.Haidian, "parking-3")
	s.entry(contracttest.Haidian, "parking-1", "位置、泊位数和价格")
	s.Changed(contracttest.Haidian, ledger.TxWithdrawEntry, ledger.WithdrawEntryRequest{Identifier: "parking-3", Reason: "重复"})
	s.Changed(contracttest.Operator, ledger.TxHeartbeat, struct{}{})
	s.Changed(contracttest.Operator, ledger.TxAdvanceClock, ledger.AdvanceClockRequest{Seconds: 60})
	return s, registered, noticed, waiting, objection
}

// What the contracts leave on the ledger is what the queries show.
func TestTheModelShowsWhatTheContractsWrote(t *testing.T) {
	s, registered, noticed, waiting, objection := tell(t)
	chain := &blocktest.Chain{}
	outcomes := s.Committed(0)
	for len(outcomes) > 0 {
		size := min(3, len(outcomes))
		transactions := make([]blocktest.Transaction, size)
		for i, outcome := range outcomes[:size] {
			transactions[i] = blocktest.OfOutcome(outcome)
		}
		chain.Append(transactions...)
		outcomes = outcomes[size:]
	}
	enginetest.Each(t, func(t *testing.T, dsn string) {
		model := open(t, dsn)
		require.NoError(t, model.Rebuild(t.Context(), &peer{chain: chain}))
		requireEveryRecord(t, s, dsn)
		q := queries.New(model.Store())
		day := ledger.Day(s.Clock.Now())

		notices, err := q.Notices(t.Context(), day, "", ledger.PageRequest{})
		require.NoError(t, err)
		require.Len(t, notices.Items, 1)
		require.Equal(t, noticed.Publicised, notices.Items[0].Publicised)

		pack, err := rulepacks.Read(rulepacks.BeijingDraft2025)
		require.NoError(t, err)
		queue, err := q.Queue(t.Context(), queries.QueueFilter{Division: "110108",
			Turns: queries.TurnsOf(ledger.SubjectApplication, ledger.RoleDistrict, pack)}, ledger.PageRequest{})
		require.NoError(t, err)
		require.Len(t, queue.Items, 1)
		require.Equal(t, waiting.ID, queue.Items[0].ID)

		own, err := q.Applications(t.Context(), queries.ApplicationFilter{Registrant: contracttest.Haidian.USCC}, ledger.PageRequest{})
		require.NoError(t, err)
		require.Equal(t, []string{waiting.ID, registered.ID}, []string{own.Items[0].ID, own.Items[1].ID})

		registrations, err := q.Registrations(t.Context(), queries.RegistrationFilter{Section: "G"}, ledger.PageRequest{})
		require.NoError(t, err)
		require.Len(t, registrations.Items, 1)
		require.Equal(t, registered.Registration, registrations.Items[0].Code)

		objections, err := q.Objections(t.Context(), queries.ObjectionFilter{Application: noticed.ID}, ledger.PageRequest{})
		require.NoError(t, err)
		require.Equal(t, []ledger.Objection{objection}, objections.Items)

		outdated, err := q.OutdatedEntries(t.Context(), contracttest.Haidian.USCC, ledger.PageRequest{})
		require.NoError(t, err)
		require.Equal(t, []queries.Outdated{{Code: registered.Registration, Provider: contracttest.Haidian.USCC, Identifier: "parking-1",
			Registered: 1, Present: 2, Status: ledger.EntryActive}}, outdated.Items)

		sums, err := q.Statistics(t.Context(), "2026-01-01", "2026-12-31")
		require.NoError(t, err)
		require.NotEmpty(t, sums.Clocks)
		network, clock, err := q.Network(t.Context())
		require.NoError(t, err)
		require.Equal(t, ledger.ModeSandbox, network.Mode)
		require.Equal(t, int64(60), clock.OffsetSeconds)
	})
}

// requireEveryRecord holds the tables to the state, key by key: the record of
// every kept kind stands in exactly one row.
func requireEveryRecord(t *testing.T, s story, dsn string) {
	t.Helper()
	kept := map[string]int{}
	s.Scan(func(key ledger.Key, value []byte) bool {
		require.True(t, rows.Known(key.Kind), key.Kind)
		require.True(t, json.Valid(value), key.Kind)
		changes, err := rows.Of(blocks.Transaction{Writes: []blocks.Write{{Key: key, Value: value}}})
		require.NoError(t, err)
		if len(changes) > 0 {
			kept[string(value)]++
		}
		return true
	})
	require.Equal(t, kept, held(t, dsn))
}

// held counts the records in all tables.
func held(t *testing.T, dsn string) map[string]int {
	t.Helper()
	driver := "pgx"
	if dsn[0] == '/' {
		driver = "sqlite"
	}
	database, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, database.Close()) }()
	records := map[string]int{}
	for _, table := range rows.Tables {
		if !slices.Contains(table.Columns, "record") {
			continue
		}
		for _, record := range recordsOf(t, database, table.Name) {
			records[record]++
		}
	}
	return records
}

func recordsOf(t *testing.T, database *sql.DB, table string) []string {
	t.Helper()
	found, err := database.QueryContext(t.Context(), "SELECT record FROM "+table)
	require.NoError(t, err)
	defer func() { require.NoError(t, found.Close()) }()
	var records []string
	for found.Next() {
		var record string
		require.NoError(t, found.Scan(&record))
		records = append(records, record)
	}
	require.NoError(t, found.Err())
	return records
}
