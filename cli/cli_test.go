package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/fixtures/bulk"
	"dengji/gateway/catalogfile"
	"dengji/gateway/client"
	"dengji/gateway/gatewaytest"
)

// place is a platform with a client that is logged in as Haidian.
type place struct {
	*gatewaytest.Platform
	url    string
	folder string
	broken atomic.Int32 // requests that are answered and whose answers are lost
}

func open(t *testing.T) *place {
	t.Helper()
	p := &place{Platform: gatewaytest.New(t), folder: t.TempDir()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/catalog/batches" && p.broken.Add(-1) >= 0 {
			p.Server.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		p.Server.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.url = server.URL
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(p.folder, "config"))
	code, _ := p.runWith(gatewaytest.Password+"\n", "login", "--gateway", p.url, contracttest.Haidian.ID)
	require.Zero(t, code)
	return p
}

// runWith runs the program and gives its exit code and what it printed.
func (p *place) runWith(input string, arguments ...string) (int, string) {
	var out, log bytes.Buffer
	command := Command()
	command.SetIn(strings.NewReader(input))
	command.SetOut(&out)
	command.SetErr(&log)
	command.SetArgs(arguments)
	err := command.Execute()
	if err != nil {
		log.WriteString(err.Error())
	}
	return Code(err), out.String() + log.String()
}

func (p *place) run(arguments ...string) (int, string) { return p.runWith("", arguments...) }

// catalogue writes entries of Haidian into a file.
func (p *place) catalogue(t *testing.T, count int, more ...string) string {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, bulk.WriteLines(&text, count, contracttest.Haidian.USCC, contracttest.Haidian.Name, contracttest.Haidian.Division, 1))
	path := filepath.Join(p.folder, "catalogue.jsonl")
	require.NoError(t, os.WriteFile(path, append(text.Bytes(), strings.Join(more, "\n")...), 0o600))
	return path
}

func (p *place) entries(t *testing.T) map[string]int {
	t.Helper()
	versions := map[string]int{}
	for bookmark := ""; ; {
		page := gatewaytest.Do[ledger.Page[ledger.CatalogEntry]](p.Platform, contracttest.Haidian, http.MethodGet, "/catalog/entries?provider="+contracttest.Haidian.USCC+"&bookmark="+bookmark, nil, http.StatusOK)
		for _, entry := range page.Items {
			versions[entry.Content.Identifier] = entry.Version
		}
		if bookmark = page.Bookmark; bookmark == "" {
			return versions
		}
	}
}

func TestACatalogueIsImportedOnceAndASecondTimeWritesNothing(t *testing.T) {
	p := open(t)
	path := p.catalogue(t, 41)
	height := p.Stage.Height()
	code, said := p.run("catalog", "import", "--dry-run", path)
	require.Zero(t, code, said)
	require.Contains(t, said, "41 ready")
	require.Equal(t, height, p.Stage.Height(), "a dry run writes nothing")
	code, said = p.run("catalog", "import", "--batch", "20", path)
	require.Zero(t, code, said)
	require.Contains(t, said, "41 created; 3 transactions")
	require.Len(t, p.entries(t), 41)
	height = p.Stage.Height()
	code, said = p.run("catalog", "import", "--batch", "20", "--json", path)
	require.Zero(t, code, said)
	require.JSONEq(t, `{"counts":{"unchanged":41},"transactions":0}`, said)
	require.Equal(t, height, p.Stage.Height(), "the second import writes nothing")
	require.NoFileExists(t, path+".import")
}

func TestAFileWithAProblemWritesNothingUnlessItIsAskedTo(t *testing.T) {
	p := open(t)
	path := p.catalogue(t, 5, `{"identifier":"broken"}`)
	height := p.Stage.Height()
	code, said := p.run("catalog", "import", "--batch", "20", path)
	require.Equal(t, ExitInput, code)
	require.Contains(t, said, "nothing was written")
	require.Contains(t, said, "6 信息资源名称: 缺少必填项。 在文件中补填此项", "line, field, what is wrong")
	require.Equal(t, height, p.Stage.Height())
	code, said = p.run("catalog", "import", "--partial", path)
	require.Zero(t, code, said)
	require.Contains(t, said, "5 created")
}

func TestAnImportWhoseAnswersAreLostDoublesNothing(t *testing.T) {
	p := open(t)
	path := p.catalogue(t, 41)
	p.broken.Store(3)
	code, said := p.run("catalog", "import", "--batch", "20", path)
	require.Zero(t, code, said)
	for identifier, version := range p.entries(t) {
		require.Equal(t, 1, version, identifier)
	}
	require.Len(t, p.entries(t), 41)
}

func TestAnImportThatIsBrokenOffGoesOnWhereItWas(t *testing.T) {
	p := open(t)
	path := p.catalogue(t, 61)
	kept, err := (&tool{}).session()
	require.NoError(t, err)
	digest, err := fingerprint(path)
	require.NoError(t, err)
	code, said := p.run("catalog", "import", "--batch", "20", path)
	require.Zero(t, code, said)
	now, err := client.New(kept.Gateway).Network(t.Context())
	require.NoError(t, err)
	state, err := json.Marshal(state{Source: digest, Gateway: kept.Gateway, Ledger: now.Network.TxID, Account: kept.Account, Done: 60, Counts: map[string]int{"created": 60}, Batches: 3})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path+".import", state, 0o600))
	code, said = p.run("catalog", "import", "--batch", "20", path)
	require.Zero(t, code, said)
	require.Contains(t, said, "going on behind 60 entries")
	require.Contains(t, said, "60 created, 1 unchanged; 3 transactions")
	for of, text := range map[string]string{"another file": digest, "another ledger at the same address": now.Network.TxID} {
		require.NoError(t, os.WriteFile(path+".import", bytes.Replace(state, []byte(text), []byte("another"), 1), 0o600))
		code, said = p.run("catalog", "import", "--batch", "20", path)
		require.Zero(t, code, said)
		require.Contains(t, said, "61 unchanged", "what %s has left behind is not gone on with", of)
	}
}

func TestTheFrontierAdvancesWithoutGapsInWhateverOrderBatchesEnd(t *testing.T) {
	var seen []int
	f := newFrontier(state{Counts: map[string]int{}}, func(at state, entries int) error {
		seen = append(seen, at.Done)
		return nil
	})
	one := []ledger.EntryOutcome{{Outcome: ledger.OutcomeCreated}}
	for _, number := range []int{2, 0, 3, 1} {
		require.NoError(t, f.finish(number, one, true))
	}
	require.Equal(t, []int{1, 2, 3, 4}, seen)
	require.Equal(t, 4, f.at.Batches)
}

func TestDifferencesAreShownAndApplied(t *testing.T) {
	p := open(t)
	path := p.catalogue(t, 3)
	code, said := p.run("catalog", "import", "--batch", "20", path)
	require.Zero(t, code, said)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := strings.SplitN(string(content), "\n", 3)
	changed := strings.Replace(lines[0], `"updateCycle":"`, `"related":["X"],"updateCycle":"`, 1)
	added := bulk.Entry(9, contracttest.Haidian.Name, contracttest.Haidian.Division, 1)
	next, err := json.Marshal(struct {
		Provider string `json:"provider"`
		ledger.EntryContent
	}{contracttest.Haidian.USCC, added})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(changed+"\n"+lines[1]+"\n"+string(next)), 0o600))
	code, said = p.run("catalog", "diff", path)
	require.Zero(t, code, said)
	first, third := bulk.Entry(0, "", "", 1).Identifier, bulk.Entry(2, "", "", 1).Identifier
	require.Equal(t, fmt.Sprintf("+ %s\n~ %s\n- %s\n1 new, 1 changed, 1 missing, 1 unchanged\n", added.Identifier, first, third), said)
	code, said = p.run("catalog", "import", "--withdraw-missing", "不再归集", path)
	require.Zero(t, code, said)
	require.Contains(t, said, "1 created, 1 unchanged, 1 updated, 1 withdrawn")
	code, said = p.run("catalog", "diff", "--json", path)
	require.Zero(t, code, said)
	require.JSONEq(t, `{"new":[],"changed":[],"missing":[],"unchanged":3}`, said)
}

func TestAnExportCanBeImportedAgain(t *testing.T) {
	p := open(t)
	path := p.catalogue(t, 450)
	_, said := p.run("catalog", "import", "--batch", "20", path)
	for _, ending := range []string{".jsonl", ".csv", ".xlsx"} {
		exported := filepath.Join(p.folder, "export"+ending)
		code, said := p.run("catalog", "export", exported)
		require.Zero(t, code, said)
		require.Contains(t, said, "450 entries")
		code, said = p.run("catalog", "import", exported)
		require.Zero(t, code, said)
		require.Contains(t, said, "450 unchanged; 0 transactions")
		code, _ = p.run("catalog", "export", exported)
		require.Equal(t, ExitInput, code, "a file is not overwritten")
	}
	require.NotEmpty(t, said)
}

func TestACKANIsReadPageByPage(t *testing.T) {
	p := open(t)
	ckan := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var results []string
		var start, rows int
		_, _ = fmt.Sscan(r.URL.Query().Get("start")+" "+r.URL.Query().Get("rows"), &start, &rows)
		for n := start; n < min(start+rows, 1_201); n++ {
			results = append(results, fmt.Sprintf(`{"name":"package-%d","title":"数据集 %d","notes":"说明","metadata_created":"2024-01-02","organization":{"title":"海淀"},"resources":[{"name":"表","format":"CSV"}]}`, n, n))
		}
		fmt.Fprintf(w, `{"success":true,"result":{"count":1201,"results":[%s]}}`, strings.Join(results, ","))
	}))
	t.Cleanup(ckan.Close)
	profile := filepath.Join(p.folder, "ckan.yaml")
	require.NoError(t, os.WriteFile(profile, []byte("defaults: {provider: "+contracttest.Haidian.USCC+", classification: 部门信息资源类, sharingType: 无条件共享, sharingMethod: 共享平台接口, division: \"110108\"}"), 0o600))
	code, said := p.run("catalog", "import", "--profile", profile, ckan.URL)
	require.Zero(t, code, said)
	require.Contains(t, said, "1201 created")
	code, _ = p.run("catalog", "import", "--profile", profile, p.url)
	require.Equal(t, ExitInput, code, "that is no CKAN")
}

func TestEvidenceIsAddedAndAnApplicationFiledAndLookedUp(t *testing.T) {
	p := open(t)
	file := filepath.Join(p.folder, "report.txt")
	require.NoError(t, os.WriteFile(file, []byte("report"), 0o600))
	code, said := p.run("evidence", "add", "--kind", "risk-assessment", "--json", file)
	require.Zero(t, code, said)
	var added struct{ Evidence ledger.Evidence }
	require.NoError(t, json.Unmarshal([]byte(said), &added))
	require.True(t, added.Evidence.Sealed)
	code, _ = p.run("evidence", "add", "--kind", "nonsense", file)
	require.Equal(t, ExitInput, code)

	request := p.First(contracttest.Haidian)
	lacking := request
	lacking.Summary = ""
	write := func(request ledger.SubmitRequest) string {
		content, err := json.Marshal(request)
		require.NoError(t, err)
		path := filepath.Join(p.folder, "application.json")
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	height := p.Stage.Height()
	code, said = p.run("apply", write(lacking))
	require.Equal(t, ExitInput, code)
	require.Contains(t, said, "summary")
	code, said = p.run("apply", "--dry-run", write(request))
	require.Zero(t, code, said)
	require.Equal(t, height, p.Stage.Height())
	code, said = p.run("apply", "--json", write(request))
	require.Zero(t, code, said)
	var filed ledger.Application
	require.NoError(t, json.Unmarshal([]byte(said), &filed))
	code, said = p.run("status", filed.ID)
	require.Zero(t, code, said)
	require.Contains(t, said, "business_review")
	code, said = p.run("status")
	require.Zero(t, code, said)
	require.Contains(t, said, filed.ID)
	code, _ = p.run("status", "A00000000000000")
	require.Equal(t, ExitRefused, code)
}

func TestASlipIsVerifiedAndARegistrationLookedUp(t *testing.T) {
	p := open(t)
	registration := p.Issued()
	code, said := p.run("status", registration.Code)
	require.Zero(t, code, said)
	require.Contains(t, said, "active")
	path := filepath.Join(p.folder, "slip.json")
	status, slip := p.Get(contracttest.Haidian, "/registrations/"+registration.Code+"/slip.json")
	require.Equal(t, http.StatusOK, status)
	require.NoError(t, os.WriteFile(path, slip, 0o600))
	code, said = p.run("verify", "--json", path)
	require.Contains(t, said, `"verdict"`)
	require.Contains(t, []int{0, ExitRefused}, code)
	code, _ = p.run("verify", registration.Code, "AAAA-AAAA-AAAA-AAAA")
	require.Equal(t, ExitRefused, code)
	code, _ = p.run("verify", registration.Code)
	require.Equal(t, ExitInput, code)
}

func TestASessionIsKeptForItsOwnerAloneAndEnds(t *testing.T) {
	p := open(t)
	path := filepath.Join(p.folder, "config", "dengji", "session.json")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	code, said := p.run("logout")
	require.Zero(t, code, said)
	require.NoFileExists(t, path)
	code, said = p.run("status")
	require.Equal(t, ExitInput, code)
	require.Contains(t, said, "not logged in")
	code, _ = p.runWith("wrong\n", "login", "--gateway", p.url, contracttest.Haidian.ID)
	require.Equal(t, ExitRefused, code)
	code, said = p.run("login", "--gateway", "http://registry.example", "haidian-1")
	require.Equal(t, ExitInput, code)
	require.Contains(t, said, "https")
	code, _ = p.runWith("x\n", "login", "--gateway", "http://127.0.0.1:9", "haidian-1")
	require.Equal(t, ExitUnreachable, code)
	code, _ = p.run("catalog", "import", "--no-such-flag", "x")
	require.Equal(t, ExitInput, code)
}

func TestEveryCommandSaysWhatItDoes(t *testing.T) {
	p := open(t)
	for _, command := range [][]string{{"login"}, {"logout"}, {"catalog", "import"}, {"catalog", "diff"}, {"catalog", "export"}, {"evidence", "add"}, {"apply"}, {"status"}, {"verify"}} {
		code, said := p.run(append(command, "--help")...)
		require.Zero(t, code)
		require.Contains(t, said, "Usage:")
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		code, said := p.run("completion", shell)
		require.Zero(t, code)
		require.Contains(t, said, "dengji-client")
	}
	require.Equal(t, catalogfile.MaxStreamRows, 5_000_000)
}
