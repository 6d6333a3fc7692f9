package fault

import "sort"

// Row is one line of the table of errors.
type Row struct {
	Code    Code
	Status  int    // HTTP status
	Article string // of the regulation; empty where no article is behind it
	ZH      string
	EN      string
}

// Codes that code refers to by name, grouped by what went wrong.
const (
	Internal Code = "INTERNAL"

	// The request itself.
	MalformedRequest Code = "MALFORMED_REQUEST"
	UnknownField     Code = "UNKNOWN_FIELD"
	RequestTooLarge  Code = "REQUEST_TOO_LARGE"
	InvalidEncoding  Code = "INVALID_ENCODING"
	MissingField     Code = "MISSING_FIELD"
	FieldTooLong     Code = "FIELD_TOO_LONG"
	InvalidValue     Code = "INVALID_VALUE"
	InvalidUSCC      Code = "INVALID_USCC"
	InvalidDate      Code = "INVALID_DATE"
	TooManyItems     Code = "TOO_MANY_ITEMS"
	DuplicateItem    Code = "DUPLICATE_ITEM"

	// A catalogue file.
	NotAWorkbook    Code = "NOT_A_WORKBOOK"
	UnknownEncoding Code = "UNKNOWN_ENCODING"
	MissingColumn   Code = "MISSING_COLUMN"
	MalformedRow    Code = "MALFORMED_ROW"
	MergedCells     Code = "MERGED_CELLS"
	FormulaCell     Code = "FORMULA_CELL"

	// The caller.
	Unauthenticated    Code = "UNAUTHENTICATED"
	InvalidIdentity    Code = "INVALID_IDENTITY"
	RoleNotAllowed     Code = "ROLE_NOT_ALLOWED"
	NotOwner           Code = "NOT_OWNER"
	OtherDivision      Code = "OTHER_DIVISION"
	SamePerson         Code = "SAME_PERSON"
	RegistrarDismissed Code = "REGISTRAR_DISQUALIFIED"

	// The ledger.
	NotFound              Code = "NOT_FOUND"
	AlreadyExists         Code = "ALREADY_EXISTS"
	NetworkNotInitialized Code = "NETWORK_NOT_INITIALIZED"
	NotASandbox           Code = "NOT_A_SANDBOX"
	ClockSkew             Code = "CLOCK_SKEW"
	ConcurrentChange      Code = "CONCURRENT_CHANGE"

	// The gateway.
	LoginFailed          Code = "LOGIN_FAILED"
	AccountDisabled      Code = "ACCOUNT_DISABLED"
	AccountRevoked       Code = "ACCOUNT_REVOKED"
	InvitationUsed       Code = "INVITATION_USED"
	InvitationExpired    Code = "INVITATION_EXPIRED"
	InvitationWithdrawn  Code = "INVITATION_WITHDRAWN"
	LoginNotLinked       Code = "LOGIN_NOT_LINKED"
	CityLoginFailed      Code = "CITY_LOGIN_FAILED"
	CityLoginUnreachable Code = "CITY_LOGIN_UNREACHABLE"
	TooManyAttempts      Code = "TOO_MANY_ATTEMPTS"
	CrossSite            Code = "CROSS_SITE_REQUEST"
	MethodNotAllowed     Code = "METHOD_NOT_ALLOWED"
	UnsupportedMediaType Code = "UNSUPPORTED_MEDIA_TYPE"
	NotAcceptable        Code = "NOT_ACCEPTABLE"
	AccessDenied         Code = "ACCESS_DENIED"
	SlipNotReady         Code = "SLIP_NOT_READY"

	// The network behind the gateway.
	EndorserUnavailable   Code = "ENDORSER_UNAVAILABLE"
	OrderingUnavailable   Code = "ORDERING_UNAVAILABLE"
	OrganisationsDisagree Code = "ORGANISATIONS_DISAGREE"
	LedgerUnreachable     Code = "LEDGER_UNREACHABLE"
	LedgerTimeout         Code = "LEDGER_TIMEOUT"
	ReadModelBehind       Code = "READ_MODEL_BEHIND"
	ReadModelFailed       Code = "READ_MODEL_FAILED"
	CommitUnknown         Code = "COMMIT_UNKNOWN"
	NationalNotConnected  Code = "NATIONAL_NOT_CONNECTED"
	AuthorityNotConnected Code = "CERTIFICATE_AUTHORITY_NOT_CONNECTED"
	AuthorityUnreachable  Code = "CERTIFICATE_AUTHORITY_UNREACHABLE"
	NationalUnreachable   Code = "NATIONAL_UNREACHABLE"
	NationalRefused       Code = "NATIONAL_REFUSED"
	NationalCodeAwaited   Code = "NATIONAL_CODE_AWAITED"
	CatalogueChainAbsent  Code = "CATALOGUE_CHAIN_NOT_CONNECTED"
	CatalogueChainSilent  Code = "CATALOGUE_CHAIN_UNREACHABLE"
	CatalogueChainUnsound Code = "CATALOGUE_CHAIN_UNVERIFIED"
	SourceForbidden       Code = "SOURCE_FORBIDDEN"
	SourceUnreachable     Code = "SOURCE_UNREACHABLE"
	TransactionInvalid    Code = "TRANSACTION_INVALID"

	// The procedure.
	ActionNotAvailable  Code = "ACTION_NOT_AVAILABLE"
	EntryNotActive      Code = "ENTRY_NOT_ACTIVE"
	EvidenceMissing     Code = "EVIDENCE_MISSING"
	EvidenceForeign     Code = "EVIDENCE_FOREIGN"
	EvidenceWrongKind   Code = "EVIDENCE_WRONG_KIND"
	NoticeNotOver       Code = "NOTICE_NOT_OVER"
	ObjectionsOpen      Code = "OBJECTIONS_OPEN"
	AlreadyRegistered   Code = "ALREADY_REGISTERED"
	ReasonRequired      Code = "REASON_REQUIRED"
	UnknownGround       Code = "UNKNOWN_GROUND"
	InvalidRulePack     Code = "INVALID_RULE_PACK"
	NoRulePack          Code = "NO_RULE_PACK"
	OneTimeRule         Code = "ONE_TIME_RULE"
	NothingChanged      Code = "NOTHING_CHANGED"
	FilingNotAllowed    Code = "FILING_NOT_ALLOWED"
	MandateMissing      Code = "MANDATE_MISSING"
	OutsideWindow       Code = "OUTSIDE_RENEWAL_WINDOW"
	RenewalPending      Code = "RENEWAL_PENDING"
	NotExpired          Code = "NOT_EXPIRED"
	RegistrationEnded   Code = "REGISTRATION_NOT_ACTIVE"
	RegistrationActive  Code = "REGISTRATION_STILL_ACTIVE"
	NoticeOver          Code = "NOTICE_OVER"
	ApplicationEnded    Code = "APPLICATION_NOT_IN_NOTICE"
	AnswerPeriodRuns    Code = "ANSWER_PERIOD_NOT_OVER"
	FindingRequired     Code = "VERIFIED_FINDING_REQUIRED"
	WrongQueryCode      Code = "WRONG_QUERY_CODE"
	SlipAlreadyAnchored Code = "SLIP_ALREADY_ANCHORED"
	NationalCodeTaken   Code = "NATIONAL_CODE_TAKEN"

	// Files.
	FileTooLarge       Code = "FILE_TOO_LARGE"
	QuotaExceeded      Code = "QUOTA_EXCEEDED"
	MalwareFound       Code = "MALWARE_FOUND"
	ScannerUnavailable Code = "SCANNER_UNAVAILABLE"
	EvidenceDamaged    Code = "EVIDENCE_DAMAGED"
	StoreUnavailable   Code = "STORE_UNAVAILABLE"
	UploadIncomplete   Code = "UPLOAD_INCOMPLETE"
	TooManyUploads     Code = "TOO_MANY_UPLOADS"
	UploadOffset       Code = "UPLOAD_OFFSET_MISMATCH"
	UploadBusy         Code = "UPLOAD_BUSY"
	UploadProtocol     Code = "UPLOAD_PROTOCOL_UNSUPPORTED"

	// Objections without an account.
	IntakeClosed        Code = "INTAKE_CLOSED"
	PermitInvalid       Code = "PERMIT_INVALID"
	TrackingCodeUnknown Code = "TRACKING_CODE_UNKNOWN"
)

// Table lists every error. It is read-only and ordered by code.
var Table = []Row{
	{Internal, 500, "", "系统内部错误，请稍后重试；如仍失败，请提供错误编号。", "Internal error. Try again later; if it persists, quote the error id."},

	{MalformedRequest, 400, "", "请求不是有效的 JSON，或结构不符。", "The request is not valid JSON of the expected form."},
	{UnknownField, 400, "", "请求中有未定义的字段。", "The request has a field that is not defined."},
	{RequestTooLarge, 413, "", "请求内容超过大小上限。", "The request is larger than the limit."},
	{InvalidEncoding, 400, "", "内容不是有效的 UTF-8 文本。", "The content is not valid UTF-8."},
	{MissingField, 422, "", "缺少必填项。", "A required field is missing."},
	{FieldTooLong, 422, "", "内容超过长度上限。", "A field is longer than its limit."},
	{InvalidValue, 422, "", "填写的内容不在允许范围内。", "A value is not among those allowed."},
	{InvalidUSCC, 422, "14", "统一社会信用代码的校验位不正确（GB 32100-2015）。", "The unified social credit code fails its check (GB 32100-2015)."},
	{InvalidDate, 422, "", "日期无效，应为 YYYY-MM-DD。", "The date is invalid; use YYYY-MM-DD."},
	{TooManyItems, 422, "", "条目数量超过上限。", "There are more items than the limit."},
	{DuplicateItem, 422, "", "同一请求中有重复的条目。", "The same item occurs twice in one request."},

	{NotAWorkbook, 422, "8", "文件不是有效的 .xlsx 或 .csv 目录文件，或已损坏。", "The file is not a valid .xlsx or .csv catalogue, or it is damaged."},
	{UnknownEncoding, 422, "8", "无法识别文件的文字编码，应为 UTF-8 或 GB18030。", "The text encoding of the file is unknown; use UTF-8 or GB18030."},
	{MissingColumn, 422, "8", "目录文件缺少规定的列。", "The catalogue file lacks a column of the template."},
	{MalformedRow, 422, "8", "此行不是有效的 CSV 行。", "This is not a valid CSV row."},
	{MergedCells, 422, "8", "数据行中不能有合并单元格。", "Rows with data may not contain merged cells."},
	{FormulaCell, 422, "8", "数据行中不能有公式，应填写数值。", "Rows with data may not contain formulas; enter values."},

	{Unauthenticated, 401, "", "请先登录，或登录已失效。", "Log in first, or log in again."},
	{InvalidIdentity, 403, "", "证书缺少必要属性，或角色与所属机构不符。", "The certificate lacks an attribute, or its role does not belong to its organisation."},
	{RoleNotAllowed, 403, "", "您的角色无权进行此操作。", "Your role may not do this."},
	{NotOwner, 403, "9", "只能操作本单位的目录、存证和申请。", "Only the organisation that holds it may do this."},
	{OtherDivision, 403, "5", "只能办理本区的事项。", "Only cases of your own division."},
	{SamePerson, 403, "6", "同一申请的受理与审核不得由同一人办理。", "One person may not both accept and approve the same application."},
	{RegistrarDismissed, 403, "27", "登记机构资格已被取消，不能办理登记。", "The registrar has been disqualified and may not act."},

	{NotFound, 404, "", "没有找到所查内容。", "Not found."},
	{AlreadyExists, 409, "", "已存在，不能重复创建。", "It exists already."},
	{NetworkNotInitialized, 409, "", "登记网络尚未初始化。", "The network has not been initialized."},
	{NotASandbox, 403, "", "正式网络不允许调整时钟。", "The clock of a production network cannot be advanced."},
	{ClockSkew, 409, "", "交易时间与节点时间相差过大，已拒绝。", "The transaction's time differs too much from the peers' clocks."},
	{ConcurrentChange, 409, "", "内容刚被他人修改，请刷新后重试。", "Somebody else changed this just now. Reload and try again."},

	{LoginFailed, 401, "", "账号或密码不正确。", "The account or the password is wrong."},
	{AccountDisabled, 403, "12", "该账号已停用，请联系平台运维人员。", "This account is disabled. Ask the platform's operators."},
	{AccountRevoked, 403, "12", "该账号已注销，证书已吊销，不能恢复。", "This account has been revoked for good."},
	{InvitationUsed, 409, "12", "该邀请已被使用。如果是您本人开通的，请直接登录。", "This invitation has been used. If that was you, log in."},
	{InvitationExpired, 410, "12", "该邀请已过期，请邀请人重新发出。", "This invitation has expired. Ask for another one."},
	{InvitationWithdrawn, 410, "12", "该邀请已被撤回，请与邀请人联系。", "This invitation has been withdrawn. Ask who invited you."},
	{LoginNotLinked, 403, "", "该统一身份尚未关联账号。请先用账号和密码登录，再在“我的账号”中关联。", "No account is linked with this unified login. Log in with your password and link it under \"My account\"."},
	{CityLoginFailed, 400, "", "统一身份认证登录未成功，请重新开始。", "The unified login did not succeed. Begin again."},
	{CityLoginUnreachable, 502, "", "统一身份认证平台暂时没有应答，请稍后重试，或用账号和密码登录。", "The unified login does not answer. Try again later, or log in with your password."},
	{CrossSite, 403, "", "该请求来自其他网站，已拒绝；请在本平台页面上重新操作。", "The request came from another site and was refused. Do it again on a page of this platform."},
	{TooManyAttempts, 429, "", "尝试次数过多，请稍后再试。", "Too many attempts. Try again later."},
	{MethodNotAllowed, 405, "", "此地址不支持该请求方法。", "This address does not take that method."},
	{UnsupportedMediaType, 415, "", "不支持该内容类型。", "The content type is not supported."},
	{NotAcceptable, 406, "", "无法按所要求的格式提供内容。", "The content is not offered in the form asked for."},
	{AccessDenied, 403, "12", "您无权查看此内容。", "You may not read this."},
	{SlipNotReady, 409, "24", "登记确认单正在生成，请稍后再取。", "The confirmation slip is still being made. Ask again shortly."},

	{EndorserUnavailable, 503, "", "所需机构的节点暂时不可用，无法取得其背书；恢复后请重试，未作任何更改。", "A node of an organisation whose endorsement is needed does not answer. Try again when it is back; nothing was changed."},
	{OrganisationsDisagree, 502, "", "各机构节点的答复不一致，不能据此出具证明；如持续出现，请联系主管部门。", "The organisations' nodes give different answers, so that none is given out. If this persists, tell the authority."},
	{OrderingUnavailable, 503, "", "排序服务节点不足，交易暂未提交；服务恢复后仍可能生效，请先按交易编号查询再决定是否重试。", "Too few ordering nodes answer, so that nothing was committed yet. It may still take effect when they are back: look it up by its id before trying again."},
	{LedgerUnreachable, 503, "", "暂时无法连接登记账本的任何节点，请稍后重试。", "No peer of the ledger can be reached. Try again later."},
	{LedgerTimeout, 504, "", "登记账本未在规定时间内答复，请稍后重试。", "The ledger did not answer in time. Try again later."},
	{ReadModelBehind, 503, "", "列表尚未更新到所要求的区块，请稍后重试；登记办理不受影响。", "The lists have not come as far as the block that was asked for. Try again shortly; the procedure itself is not affected."},
	{ReadModelFailed, 503, "", "列表与检索暂不可用，请稍后重试；登记办理不受影响。", "Lists and search are not available. Try again later; the procedure itself is not affected."},
	{CommitUnknown, 504, "", "交易已提交，但结果尚未确认；请按交易编号查询后再决定是否重试。", "The transaction was sent but its outcome is not known yet. Look it up by its id before trying again."},
	{NationalNotConnected, 503, "10", "本平台尚未接入国家平台。", "No national platform is connected."},
	{AuthorityNotConnected, 503, "12", "本平台尚未接入该机构的证书颁发机构，不能为其开通账号。", "The certificate authority of that organisation is not connected, so that no account can be made."},
	{AuthorityUnreachable, 503, "12", "证书颁发机构暂时没有应答，请稍后再试；邀请仍然有效。", "The certificate authority does not answer. Try again later; the invitation stays good."},
	{NationalUnreachable, 502, "10", "国家平台暂不可用或应答有误，请稍后重试。", "The national platform cannot be reached or answers wrongly. Try again later."},
	{NationalRefused, 422, "10", "国家平台拒收，须查明原因后重新报送。", "The national platform refuses it. See why, then send it again."},
	{NationalCodeAwaited, 409, "10", "国家平台尚未赋予国家统一编码，将再次查询。", "The national platform has given no code yet. It is asked again."},
	{CatalogueChainAbsent, 503, "8", "本平台尚未接入市目录链。", "No catalogue chain is connected."},
	{CatalogueChainSilent, 502, "8", "市目录链没有应答，将自动重试。", "The catalogue chain does not answer. It is tried again by itself."},
	{CatalogueChainUnsound, 502, "8", "市目录链的应答不完整或签名核验不通过，未予接收，将自动重试。", "What the catalogue chain answered is not whole or not signed as it should be. None of it was taken; it is tried again by itself."},
	{SourceForbidden, 422, "12", "不能读取该地址：须为 https 的公网地址，或由运维人员允许的主机。", "This address is not read: it has to be a public address over https, or a host that the operators have allowed."},
	{SourceUnreachable, 502, "8", "目录来源没有应答或应答有误，将自动重试。", "The catalogue source does not answer, or answers wrongly. It is tried again by itself."},
	{TransactionInvalid, 409, "", "交易未通过各机构节点的校验，未作任何更改。", "The peers marked the transaction invalid; nothing was changed."},

	{ActionNotAvailable, 409, "18", "当前状态下不能进行此操作。", "This step is not possible in the present state."},
	{EntryNotActive, 422, "8", "登记前应完成目录上链：目录条目不存在、已撤回或不属于该登记主体。", "The catalogue entry is not on chain, is withdrawn, or is another registrant's."},
	{EvidenceMissing, 422, "9", "缺少规定的存证或材料。", "Evidence or materials that the rules demand are missing."},
	{EvidenceForeign, 403, "9", "不能使用其他主体的存证。", "Evidence of another registrant cannot be used."},
	{EvidenceWrongKind, 422, "14", "存证类型与材料要求不符。", "The evidence is not of a kind that this material demands."},
	{NoticeNotOver, 409, "24", "公示期未满，不能赋码。", "The public notice period is not over."},
	{ObjectionsOpen, 409, "24", "有未办结的异议，不能赋码。", "An objection is still open."},
	{AlreadyRegistered, 409, "20", "该资源已登记或已有在办申请。", "The resource is registered or under application already."},
	{ReasonRequired, 422, "20", "应当说明理由。", "A reason must be given."},
	{UnknownGround, 422, "", "事由不在规定范围内。", "The ground is not one that the rules list."},
	{InvalidRulePack, 422, "", "规则包未通过校验。", "The rule pack is not valid."},
	{NoRulePack, 409, "", "没有生效的规则包。", "No rule pack is in force."},
	{OneTimeRule, 422, "20", "应当一次性告知：此前已审查且未变更的材料不得再次提出补正。", "Defects must be named all at once: this material was examined before and has not changed."},
	{NothingChanged, 422, "20", "重新提交时应补充或修改材料。", "A resubmission must change something."},
	{FilingNotAllowed, 422, "9", "该申请类型或申请人不能采用此登记方式。", "This type of application cannot be filed in this way, or not by you."},
	{MandateMissing, 422, "9", "缺少持有部门有效的链上委托，或委托未涵盖所列目录。", "There is no valid on-chain mandate of the holder that covers these entries."},
	{OutsideWindow, 409, "24", "续展应在有效期届满前60日内申请。", "Renewal is possible only within the 60 days that end on the last day of validity."},
	{RenewalPending, 409, "24", "该登记已有在办的续展申请。", "A renewal of this registration is under way."},
	{NotExpired, 409, "24", "登记有效期尚未届满。", "The registration has not expired."},
	{RegistrationEnded, 409, "24", "登记不在有效状态。", "The registration is not active."},
	{RegistrationActive, 409, "18", "登记仍在有效状态，不能据此终结申请。", "The registration is still active, so the application cannot be closed for its end."},
	{NoticeOver, 409, "23", "不在公示期内，不能提出异议。", "An objection can be raised only within the notice period."},
	{ApplicationEnded, 409, "23", "申请的公示状态与此操作不符。", "The application is not, or is still, in public notice."},
	{AnswerPeriodRuns, 409, "23", "登记主体的举证期限尚未届满。", "The registrant's period to answer is not over."},
	{FindingRequired, 422, "28", "撤销登记须有经核实认定的监管记录。", "Revocation needs a supervision record with verified findings about this registrant."},
	{WrongQueryCode, 404, "24", "登记编码与查询码不匹配。", "The code and the query code do not belong together."},
	{SlipAlreadyAnchored, 409, "24", "该版本的登记确认单已存在，内容不同。", "Another slip is anchored for this version already."},
	{NationalCodeTaken, 409, "10", "该国家统一编码已属于其他登记，或该登记已有另一国家统一编码。", "This national code belongs to another registration, or the registration has another one."},

	{FileTooLarge, 413, "", "文件超过大小上限。", "The file is larger than the limit."},
	{QuotaExceeded, 413, "", "本单位的存证空间已用完。", "Your organisation's evidence storage is used up."},
	{MalwareFound, 422, "12", "文件含有恶意代码，已拒绝存储。", "The file contains malware and was not stored."},
	{ScannerUnavailable, 503, "12", "病毒扫描服务暂不可用，文件未存储。", "The malware scanner is not available; the file was not stored."},
	{EvidenceDamaged, 500, "12", "存储的文件已损坏，不予提供；请重新上传同一文件。", "The stored file is damaged and is not served. Upload the same file again."},
	{StoreUnavailable, 503, "", "存证库暂不可用，请稍后重试。", "The evidence store is not available. Try again later."},
	{UploadIncomplete, 409, "", "文件尚未上传完整，请继续上传。", "The file has not been uploaded completely. Continue the upload."},
	{UploadOffset, 409, "", "续传的起点与已收到的字节数不符，请先查询进度再继续。", "The upload goes on at another byte than this. Ask how much has arrived, then continue."},
	{UploadBusy, 423, "", "该文件正由另一请求上传，请稍后再继续。", "Another request is sending this file. Continue later."},
	{UploadProtocol, 412, "", "断点续传须使用 tus 1.0.0 协议。", "Resumable uploads speak tus 1.0.0."},
	{IntakeClosed, 503, "23", "本平台暂不能免登录接收异议，请登录后提出，或直接联系登记机构。", "Objections without an account are not taken here at present. Log in to object, or turn to the registrar."},
	{PermitInvalid, 403, "23", "本次填写已提交或已超过时限，请从公示页面重新填写。", "This form has been handed in or has expired. Begin again from the public notice."},
	{TrackingCodeUnknown, 404, "23", "查询不到该回执码对应的异议，请核对后重新输入。", "There is no objection with this tracking code. Check it and try again."},
	{TooManyUploads, 429, "", "未完成的上传过多，请先完成或取消。", "Too many uploads are unfinished. Finish or cancel some first."},
}

var index = indexTable()

func indexTable() map[Code]Row {
	rows := make(map[Code]Row, len(Table))
	sort.Slice(Table, func(i, j int) bool { return Table[i].Code < Table[j].Code })
	for _, row := range Table {
		if _, twice := rows[row.Code]; twice {
			panic("fault: code " + string(row.Code) + " stands in the table twice")
		}
		rows[row.Code] = row
	}
	return rows
}

// Lookup gives the row of a code.
func Lookup(code Code) (Row, bool) {
	row, ok := index[code]
	return row, ok
}
