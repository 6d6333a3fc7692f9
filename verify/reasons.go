package verify

import "dengji/chaincode/ledger"

// Reason is the stable code of a check's result.
type Reason string

// The reasons.
const (
	OK Reason = "OK"

	FormatUnknown   Reason = "FORMAT_UNKNOWN"
	FormatMalformed Reason = "FORMAT_MALFORMED"

	DigestMismatch    Reason = "DIGEST_MISMATCH"
	DigestNotAnchored Reason = "DIGEST_NOT_ANCHORED"
	SheetChanged      Reason = "SHEET_CHANGED"

	SignatureInvalid   Reason = "SIGNATURE_INVALID"
	AlgorithmUnknown   Reason = "ALGORITHM_UNKNOWN"
	CertificateInvalid Reason = "CERTIFICATE_INVALID"
	IssuerUnknown      Reason = "ISSUER_UNKNOWN"
	CertificateExpired Reason = "CERTIFICATE_EXPIRED"

	AttestationMalformed Reason = "ATTESTATION_MALFORMED"
	EndorsementInvalid   Reason = "ENDORSEMENT_INVALID"
	EndorserUnknown      Reason = "ENDORSER_UNKNOWN"
	ForeignNetwork       Reason = "FOREIGN_NETWORK"
	EndorsementsTooFew   Reason = "ENDORSEMENTS_TOO_FEW"
	ForeignChaincode     Reason = "FOREIGN_CHAINCODE"
	WrongMode            Reason = "WRONG_MODE"
	WrongCode            Reason = "WRONG_CODE"
	WrongNonce           Reason = "WRONG_NONCE"
	AttestationOld       Reason = "ATTESTATION_OLD"
	AttestationAhead     Reason = "ATTESTATION_AHEAD"

	NotRegistered      Reason = "NOT_REGISTERED"
	StatusCancelled    Reason = "STATUS_CANCELLED"
	StatusExpired      Reason = "STATUS_EXPIRED"
	StatusRevoked      Reason = "STATUS_REVOKED"
	StatusUnknown      Reason = "STATUS_UNKNOWN"
	SlipReplaced       Reason = "SLIP_REPLACED"
	ContentDiffers     Reason = "CONTENT_DIFFERS"
	ValidityOver       Reason = "VALIDITY_OVER"
	ValidityNotBegun   Reason = "VALIDITY_NOT_BEGUN"
	ValidityUnreadable Reason = "VALIDITY_UNREADABLE"
	EvidenceUnlisted   Reason = "EVIDENCE_UNLISTED"

	NoTrustAnchors Reason = "NO_TRUST_ANCHORS"
	NoAttestation  Reason = "NO_ATTESTATION"
	NoEvidence     Reason = "NO_EVIDENCE"
	EarlierFailed  Reason = "EARLIER_CHECK_FAILED"
)

// Reasons gives the sentence of every reason. It is read-only.
var Reasons = map[Reason]ledger.Text{
	OK:                   {ZH: "通过。", EN: "Passed."},
	FormatUnknown:        {ZH: "既不是确认单 JSON，也不是本平台签发的确认单 PDF。", EN: "Neither a slip in JSON nor a slip PDF as the registry issues it."},
	FormatMalformed:      {ZH: "文件格式不符，或签发后被改动。", EN: "The file is not in the slip's form, or was changed after it was issued."},
	DigestMismatch:       {ZH: "内容摘要与账本上登记的摘要不一致。", EN: "The content's digest is not the one anchored on the ledger."},
	DigestNotAnchored:    {ZH: "账本上没有这份确认单的摘要。", EN: "The ledger holds no digest of a slip for this registration."},
	SheetChanged:         {ZH: "PDF 页面内容与签章不一致，页面可能被替换。", EN: "The printed sheet is not the one that was sealed; it may have been replaced."},
	SignatureInvalid:     {ZH: "签名与内容不符，内容被改动或并非由登记机构签发。", EN: "The signature does not belong to this content."},
	AlgorithmUnknown:     {ZH: "签名算法未知。", EN: "The signature algorithm is not known."},
	CertificateInvalid:   {ZH: "签名证书无法解析，或不能用于签名。", EN: "The signer's certificate is unreadable or not one for signatures."},
	IssuerUnknown:        {ZH: "签名证书不是由受信任的登记机构根证书签发。", EN: "The signer's certificate does not come from a trusted root of the registrar."},
	CertificateExpired:   {ZH: "签发时签名证书不在有效期内。", EN: "The signer's certificate was not valid when the slip was issued."},
	AttestationMalformed: {ZH: "状态证明文件格式不符。", EN: "The attestation is malformed."},
	EndorsementInvalid:   {ZH: "状态证明中有节点签名不正确。", EN: "A peer's signature in the attestation is wrong."},
	EndorserUnknown:      {ZH: "状态证明的签名者不是受信任机构的节点。", EN: "A signer of the attestation is not a peer of a trusted organisation."},
	ForeignNetwork:       {ZH: "状态证明来自另一个网络。", EN: "The attestation comes from another network."},
	EndorsementsTooFew:   {ZH: "状态证明缺少规定机构的签名。", EN: "An organisation whose signature is required has not signed the attestation."},
	ForeignChaincode:     {ZH: "状态证明不是登记合约给出的成功答复。", EN: "The attestation is not a successful answer of the registry's chaincode."},
	WrongMode:            {ZH: "沙箱与正式网络的文件混用。", EN: "Files of a sandbox and of a production network were mixed."},
	WrongCode:            {ZH: "状态证明针对另一个登记编码。", EN: "The attestation is about another code."},
	WrongNonce:           {ZH: "状态证明不是对本次查询的答复。", EN: "The attestation does not answer this query."},
	AttestationOld:       {ZH: "状态证明已过时。", EN: "The attestation is too old."},
	AttestationAhead:     {ZH: "状态证明的时间晚于当前时间。", EN: "The attestation is dated in the future."},
	NotRegistered:        {ZH: "账本上没有该登记编码。", EN: "The ledger holds no registration of this code."},
	StatusCancelled:      {ZH: "该登记已注销。", EN: "The registration has been cancelled."},
	StatusExpired:        {ZH: "该登记已期满注销。", EN: "The registration has expired."},
	StatusRevoked:        {ZH: "该登记已撤销。", EN: "The registration has been revoked."},
	StatusUnknown:        {ZH: "登记状态无法识别。", EN: "The registration's status is not one that is known."},
	SlipReplaced:         {ZH: "该确认单已被更新的版本取代。", EN: "A newer slip has replaced this one."},
	ContentDiffers:       {ZH: "确认单内容与账本记录不一致。", EN: "The slip's content differs from the ledger's record."},
	ValidityOver:         {ZH: "登记有效期已满。", EN: "The registration's validity is over."},
	ValidityNotBegun:     {ZH: "登记有效期尚未开始。", EN: "The registration's validity has not begun."},
	ValidityUnreadable:   {ZH: "有效期日期无法识别。", EN: "The dates of validity are unreadable."},
	EvidenceUnlisted:     {ZH: "所给文件不是该登记的存证。", EN: "A given file is not among the registration's evidence."},
	NoTrustAnchors:       {ZH: "未核对：没有提供信任根（trust.json）。", EN: "Not checked: no trust anchors (trust.json) were given."},
	NoAttestation:        {ZH: "未核对：没有提供状态证明。", EN: "Not checked: no status attestation was given."},
	NoEvidence:           {ZH: "未核对：没有提供存证文件。", EN: "Not checked: no evidence file was given."},
	EarlierFailed:        {ZH: "未核对：前面的核对未通过。", EN: "Not checked: a check before it failed."},
}
