package checks

import (
	"context"
	"errors"
	"time"

	"dengji/chaincode/ledger"
	"dengji/gateway/audit"
	"dengji/gateway/cataloguechain"
	"dengji/gateway/national"
	"dengji/gateway/readmodel"
)

// OfLedger looks whether a peer answers.
func OfLedger(answers func(context.Context) error) Check {
	return reachable(Ledger, answers, ledger.Text{ZH: "没有节点应答，无法办理业务。", EN: "No peer answers: nothing can be done."})
}

// OfEvidenceStore looks whether the backend of the evidence store answers.
func OfEvidenceStore(answers func(context.Context) error) Check {
	return reachable(EvidenceStore, answers, ledger.Text{ZH: "证据存储没有应答。", EN: "The evidence store does not answer."})
}

// OfScanner looks whether the virus scanner answers.
func OfScanner(answers func(context.Context) error) Check {
	return reachable(Scanner, answers, ledger.Text{ZH: "病毒扫描没有应答，上传被拒绝。", EN: "The virus scanner does not answer: uploads are refused."})
}

// reachable is a check of something that answers or does not.
func reachable(name Name, answers func(context.Context) error, otherwise ledger.Text) Check {
	return Check{name, func(ctx context.Context) ([]Finding, error) {
		if answers(ctx) != nil {
			return []Finding{{"unreachable", otherwise}}, nil //nolint:nilerr // the failure is what is found
		}
		return nil, nil
	}}
}

// OfReadModel looks whether the read model follows the ledger.
func OfReadModel(health func() readmodel.Health) Check {
	return Check{ReadModel, func(context.Context) ([]Finding, error) {
		at := health()
		switch {
		case at.Failure != nil:
			return one("stopped", "列表与搜索停在第 %d 块，不再跟随账本。", "Lists and search stand at block %d and do not follow the ledger any more.", at.Applied), nil //nolint:nilerr // the failure is what is found
		case at.Lag() > readmodel.DegradedLag:
			return one("behind", "列表与搜索落后账本 %d 块。", "Lists and search are %d blocks behind the ledger.", at.Lag()), nil
		}
		return nil, nil
	}}
}

// OfEvidence looks at what the last inspection of all evidence found, and whether
// inspections still come to their end.
func OfEvidence(last func(context.Context) (time.Time, int64, error), every time.Duration, clock func() time.Time) Check {
	const late = 2 // intervals
	return Check{Evidence, func(ctx context.Context) (found []Finding, err error) {
		ended, damaged, err := last(ctx)
		if err != nil || ended.IsZero() {
			return nil, err
		}
		if damaged > 0 {
			found = one("damaged", "最近一次巡检发现 %d 份证据缺失或损坏。", "Pieces of evidence that the last inspection found missing or damaged: %d.", damaged)
		}
		if clock().Sub(ended) > late*every {
			found = append(found, one("late", "自 %s 以来没有完成过证据巡检。", "No inspection of evidence has come to its end since %s.", ended.UTC().Format(time.DateOnly))...)
		}
		return found, nil
	}}
}

// OfAudit looks whether the audit log is the one that was written.
func OfAudit(watch *audit.Watch) Check {
	return Check{Audit, func(ctx context.Context) ([]Finding, error) {
		err := watch.Advance(ctx)
		if errors.Is(err, audit.ErrTampered) {
			return one("broken", "审计日志被改动、删减或插入。", "The audit log was changed, cut or added to."), nil
		}
		return nil, err
	}}
}

// longestUndelivered is how long a delivery to the national platform may wait.
const longestUndelivered = 24 * time.Hour

// OfNational looks whether the national platform takes what is sent to it (Art. 10).
func OfNational(backlog func(context.Context) (national.Backlog, error)) Check {
	return Check{National, func(ctx context.Context) (found []Finding, err error) {
		now, err := backlog(ctx)
		if err != nil {
			return nil, err
		}
		if now.Dead > 0 {
			found = one("dead", "国家平台拒收 %d 件，待处理。", "Deliveries that the national platform has refused: %d.", now.Dead)
		}
		if now.Oldest > longestUndelivered {
			found = append(found, one("late", "最早一件已等待 %d 小时。", "The oldest delivery has waited for %d hours.", int(now.Oldest.Hours()))...)
		}
		return found, nil
	}}
}

// mostChainFailures is how often in a row the catalogue chain may be asked in vain.
const mostChainFailures = 10

// OfCatalogueChain looks whether the city's catalogue chain is followed (Art. 8).
func OfCatalogueChain(status func(context.Context) (cataloguechain.Status, error)) Check {
	return Check{CatalogueChain, func(ctx context.Context) ([]Finding, error) {
		at, err := status(ctx)
		switch {
		case err != nil:
			return nil, err
		case at.StoppedAt != "":
			return one("stopped", "目录链改写了历史，已停止接收。", "The catalogue chain has rewritten its history; following it has stopped."), nil
		case at.Attempts >= mostChainFailures:
			return one("unreachable", "目录链连续 %d 次没有应答。", "The catalogue chain was asked %d times in vain.", at.Attempts), nil
		}
		return nil, nil
	}}
}

// OfMail looks whether mail leaves; stuck counts what was tried several times.
func OfMail(stuck func(context.Context) (int, error)) Check {
	return Check{Mail, func(ctx context.Context) ([]Finding, error) {
		waiting, err := stuck(ctx)
		if err != nil || waiting == 0 {
			return nil, err
		}
		return one("stuck", "%d 封邮件多次发送未成功。", "Mails that were tried several times in vain: %d.", waiting), nil
	}}
}
