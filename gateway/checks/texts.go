package checks

import "dengji/chaincode/ledger"

// explanation says what a check looks at, and what to do when it finds something.
type explanation struct {
	label, action ledger.Text
	runbook       string // heading in docs/runbook.md, which is the name of an alert
}

var explanations = map[Name]explanation{
	Ledger: {ledger.Text{ZH: "账本应答", EN: "The ledger answers"},
		ledger.Text{ZH: "运行 dengji network status，启动已停止的节点。", EN: "Run dengji network status and start the nodes that have stopped."}, "LedgerNotAnswering"},
	ReadModel: {ledger.Text{ZH: "列表与搜索跟随账本", EN: "Lists and search follow the ledger"},
		ledger.Text{ZH: "查看网关日志中的原因；表与账本不一致时先比对，再重建。", EN: "Read the reason in the gateway's log; where the tables differ from the ledger, compare, then rebuild."}, "ReadModelStopped"},
	EvidenceStore: {ledger.Text{ZH: "证据存储可用", EN: "The evidence store answers"},
		ledger.Text{ZH: "检查存储服务和网络；恢复前无法上传或读取材料。", EN: "Look at the storage and the way to it; until then nothing can be uploaded or read."}, "EvidenceStoreNotAnswering"},
	Scanner: {ledger.Text{ZH: "病毒扫描可用", EN: "The virus scanner answers"},
		ledger.Text{ZH: "启动 clamd；恢复前不接收上传。", EN: "Start clamd; until then no upload is taken."}, "ScannerNotAnswering"},
	Evidence: {ledger.Text{ZH: "证据完好", EN: "Evidence is whole"},
		ledger.Text{ZH: "运行 dengji gateway inspect，从备份恢复所列文件，再巡检一次。", EN: "Run dengji gateway inspect, restore the files that it lists from the backup, and inspect again."}, "EvidenceDamaged"},
	Audit: {ledger.Text{ZH: "审计日志未被改动", EN: "The audit log is whole"},
		ledger.Text{ZH: "先保全数据库副本，再运行 dengji gateway audit；按安全事件处置。", EN: "Keep a copy of the database first, then run dengji gateway audit; treat it as a security incident."}, "AuditLogBroken"},
	National: {ledger.Text{ZH: "与国家平台的数据交换", EN: "Exchange with the national platform"},
		ledger.Text{ZH: "在“国家平台”页面查看原因，处理后重新发送。", EN: "See the reason on the page of the national platform, mend it, and send again."}, "NationalDeadLetters"},
	CatalogueChain: {ledger.Text{ZH: "接收目录链", EN: "The catalogue chain is followed"},
		ledger.Text{ZH: "在“目录链”页面查看；改写历史的，先向其运行方核实，再恢复接收。", EN: "See the page of the catalogue chain; where history was rewritten, ask those who run it before resuming."}, "CatalogueChainStopped"},
	Mail: {ledger.Text{ZH: "邮件可以发出", EN: "Mail can be sent"},
		ledger.Text{ZH: "检查邮件服务器及其口令；站内通知不受影响。", EN: "Look at the mail server and its password; notifications in the portal go on."}, "MailsNotSent"},
	Certificates: {ledger.Text{ZH: "证书有效期", EN: "Certificates last"},
		ledger.Text{ZH: "在到期前换发所列证书，然后重启网关。", EN: "Renew the certificates listed before they end, then restart the gateway."}, "CertificateRunsOut"},
	Revocations: {ledger.Text{ZH: "吊销已生效", EN: "Revocations take effect"},
		ledger.Text{ZH: "启动该机构的证书机构；该证书在账本上仍被接受。", EN: "Start that organisation's certificate authority; the ledger takes the certificate still."}, "RevocationPending"},
	Disk: {ledger.Text{ZH: "磁盘空间", EN: "Disk space"},
		ledger.Text{ZH: "清理或扩容；写满后网关和节点都会停止。", EN: "Free or add space; a full disk stops gateway and nodes."}, "DiskNearlyFull"},
	Clocks: {ledger.Text{ZH: "办理期限", EN: "Time limits are kept"},
		ledger.Text{ZH: "提醒有关单位办理；逾期天数记入账本。", EN: "Remind the office whose turn it is; days overdue are recorded on the ledger."}, "ClocksOverdue"},
}

// unchecked is the finding of a check that could not find out.
const unchecked = "unchecked"

var uncheckedText = ledger.Text{ZH: "此项检查无法进行，原因见网关日志。", EN: "This could not be checked; the gateway's log says why."}
