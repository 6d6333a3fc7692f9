package cataloguechain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/field"
	"dengji/chaincode/rules/uscc"
	"dengji/gateway/catalogfile"
	"dengji/gateway/cataloguechain/wire"
)

// maxSourceText bounds what is recorded of a source; the ledger has the same limit.
const maxSourceText = 200

// wellFormed checks what a change says of itself. newest is the newest version of its
// entry that is known.
func wellFormed(change wire.Change, newest int) error {
	if err := errors.Join(field.Line("txId", change.TxID, maxSourceText), field.Line("entryId", change.EntryID, maxSourceText), uscc.CheckField("provider", change.Provider)); err != nil {
		return err
	}
	if change.Version <= newest {
		return fault.New(fault.InvalidValue, fault.Field("version"), fault.Value("newest", strconv.Itoa(newest)))
	}
	if change.Action != wire.Withdraw && (change.Action != wire.Put || len(change.Content) == 0) {
		return fault.New(fault.InvalidValue, fault.Field("action"))
	}
	if len(change.Content) > wire.MaxContent {
		return fault.New(fault.RequestTooLarge, fault.Field("content"))
	}
	if digest, err := change.ContentDigest(); err != nil || digest != change.Digest {
		return fault.New(fault.InvalidValue, fault.Field("digest"), fault.Value("computed", digest))
	}
	return nil
}

// mapped gives the ledger's entry of a put, by the rules of catalogue files, or what
// is wrong with it.
func (f *Follower) mapped(ctx context.Context, change Change) (ledger.EntryContent, []catalogfile.Problem, error) {
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(change.content)); err != nil {
		return ledger.EntryContent{}, []catalogfile.Problem{problemOf(fault.New(fault.MalformedRow, fault.Cause(err)))}, nil
	}
	var content ledger.EntryContent
	var problems []catalogfile.Problem
	_, err := catalogfile.Read(ctx, "change.jsonl", &line, catalogfile.Options{Provider: change.Provider, Profile: f.Profile}, func(row catalogfile.Row) error {
		if row.Entry != nil {
			content = row.Entry.Content
			return nil
		}
		problems = row.Report.Problems
		if len(problems) == 0 { // another provider's entry
			problems = []catalogfile.Problem{problemOf(fault.New(fault.NotOwner, fault.Field("provider")))}
		}
		return nil
	})
	if ctx.Err() != nil {
		return content, nil, ctx.Err()
	}
	if err != nil {
		return content, []catalogfile.Problem{problemOf(fault.Of(err))}, nil
	}
	content.Source = &ledger.EntrySource{Chain: change.Chain, EntryID: change.EntryID, Version: strconv.Itoa(change.Version), Digest: change.Digest, TxID: change.TxID}
	return content, problems, nil
}

// withdrawalReason is why an entry is withdrawn here: what the chain says, and where.
func withdrawalReason(change Change) string {
	source := fmt.Sprintf("目录链“%s”条目 %s 第 %d 版撤回，交易 %s", change.Chain, change.EntryID, change.Version, change.TxID)
	if change.Reason == "" {
		return source
	}
	reason := []rune(change.Reason + "（" + source + "）")
	return string(reason[max(0, len(reason)-ledger.MaxReason):])
}

// problemOf writes a fault as a row's problem.
func problemOf(of *fault.Error) catalogfile.Problem {
	row := of.Row()
	return catalogfile.Problem{Field: of.Field, Code: of.Code, Article: of.Article, Detail: of.Detail, Values: of.Values, Message: ledger.Text{ZH: row.ZH, EN: row.EN}}
}

// problemsOf is the JSON list of what an error says; of none for nil.
func problemsOf(err error) string {
	if err == nil {
		return "[]"
	}
	return marshalled([]catalogfile.Problem{problemOf(fault.Of(err))})
}

func marshalled(problems []catalogfile.Problem) string {
	content, err := json.Marshal(problems)
	if err != nil {
		return "[]" // texts and maps of texts can be written
	}
	return string(content)
}
