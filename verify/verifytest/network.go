// Package verifytest makes, for tests, a registry to be verified: organisations
// with certificate authorities and peers, a slip authority, trust anchors, signed
// slips and endorsed attestations, in the very forms that Fabric produces (by
// Fabric's own message types).
package verifytest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	"dengji/verify/artefact"
)

// Now is the moment at which everything is issued, attested and verified unless a
// test says otherwise.
var Now = time.Date(2026, 3, 2, 4, 30, 0, 0, time.UTC)

// Required are the organisations whose word an attestation needs.
var Required = []string{ledger.AuthorityMSP, ledger.RegistrarMSP, ledger.DistrictsMSP}

// Network is a registry to be verified.
type Network struct {
	Trust  artefact.TrustAnchors
	Signer cryptosuite.Signer
	CAs    map[string]*Member // by MSP
	Peers  map[string]*Member
	Admins map[string]*Member
}

// Member is a certificate with its key.
type Member struct {
	MSP         string
	Certificate *x509.Certificate
	Key         *ecdsa.PrivateKey
}

// New makes a network of the mode, with keys of its own.
func New(t testing.TB, mode ledger.Mode) *Network {
	t.Helper()
	n := &Network{CAs: map[string]*Member{}, Peers: map[string]*Member{}, Admins: map[string]*Member{}}
	n.Trust = artefact.TrustAnchors{Format: artefact.TrustFormat, Schema: artefact.TrustSchema, Version: 1, Mode: mode,
		Platform: "北京市公共数据资源登记平台", Chaincode: ledger.ChaincodeName, IssuedAt: ledger.Stamp(Now),
		SlipRoots: [][]byte{}, SlipSigners: [][]byte{}, Required: Required, UpdateThreshold: 2, AttestationHours: 24}
	for _, id := range Required {
		ca := NewMember(t, id, "", nil)
		n.CAs[id], n.Peers[id], n.Admins[id] = ca, NewMember(t, id, "peer", ca), NewMember(t, id, "admin", ca)
		n.Trust.Organisations = append(n.Trust.Organisations, artefact.TrustedOrganisation{MSP: id,
			Name: ledger.Text{ZH: id, EN: id}, Roots: [][]byte{ca.Certificate.Raw}, Peers: [][]byte{n.Peers[id].Certificate.Raw}})
	}
	n.Signer = NewSigner(t)
	chain := n.Signer.Certificates()
	n.Trust.SlipRoots, n.Trust.SlipSigners = append(n.Trust.SlipRoots, chain[len(chain)-1]), append(n.Trust.SlipSigners, chain[0])
	return n
}

// NewSigner makes a slip signer under a root of its own.
func NewSigner(t testing.TB) cryptosuite.Signer {
	t.Helper()
	names := cryptosuite.Names{Organisation: "北京市大数据中心", Root: "登记确认单根证书", Signer: "登记确认单签章"}
	key, chain, _, err := cryptosuite.CreateSlipAuthorityAt(filepath.Join(t.TempDir(), "slip"), names, Now.AddDate(-1, 0, 0))
	require.NoError(t, err)
	signer, err := cryptosuite.LoadSigner(key, chain)
	require.NoError(t, err)
	return signer
}

// NewMember makes a certificate with the organisational unit; with no authority,
// that of an authority itself.
func NewMember(t testing.TB, id, unit string, authority *Member) *Member {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: id + " " + unit},
		NotBefore: Now.AddDate(-1, 0, 0), NotAfter: Now.AddDate(14, 0, 0), BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature}
	issuer, issuerKey := template, key
	if authority == nil {
		template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign
	} else {
		template.Subject.OrganizationalUnit = []string{unit}
		issuer, issuerKey = authority.Certificate, authority.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, issuerKey)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &Member{MSP: id, Certificate: certificate, Key: key}
}

// Slip gives a slip that holds on the network.
func (n *Network) Slip() artefact.Slip {
	return artefact.Slip{Format: artefact.SlipFormat, Schema: artefact.SlipSchema, Mode: n.Trust.Mode, Platform: n.Trust.Platform,
		Code: "110000R2026ABCDEFG4", QueryCode: "0123456789ABCDEF", Version: 1, Kind: ledger.KindResource, Registrant: "11110000000000000X",
		Publicised: ledger.Publicised{DataName: "公共交通线路与站点数据", RegistrantName: "北京市某委员会", Industry: "G 交通运输、仓储和邮政业",
			DataType: "数据资源", Registrar: "北京市大数据中心", Platform: n.Trust.Platform, Summary: "全市公交与轨道交通线路、站点名称、坐标与首末班时间。"},
		Entries:  []ledger.EntryReference{{Provider: "11110000000000000X", Identifier: "307001/000001", Version: 3}},
		Evidence: []string{"bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"},
		IssuedAt: ledger.Stamp(Now), ValidFrom: "2026-03-02", ValidUntil: "2029-03-02", Application: "A00000000000X",
		IssuingTxID: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", RulePack: "beijing-draft-2025@1",
		Articles: []string{"22", "24"}, VerificationURL: "https://registry.example/verify#code=110000R2026ABCDEFG4&query=0123456789ABCDEF"}
}

// Sign signs a slip with the network's signer.
func (n *Network) Sign(t testing.TB, slip artefact.Slip) artefact.SignedSlip {
	t.Helper()
	signed, err := artefact.SignSlip(context.Background(), slip, n.Signer)
	require.NoError(t, err)
	return signed
}

// Answer gives what the ledger truly says of a slip.
func (n *Network) Answer(t testing.TB, slip artefact.Slip) ledger.Attestation {
	t.Helper()
	digest, err := slip.Digest()
	require.NoError(t, err)
	public := slip.Publicised
	return ledger.Attestation{Schema: 1, Mode: n.Trust.Mode, Code: slip.Code, Nonce: "00112233445566778899aabbccddeeff", Found: true,
		Status: ledger.RegistrationActive, Version: slip.Version, ValidFrom: slip.ValidFrom, ValidUntil: slip.ValidUntil,
		Publicised: &public, Registrant: slip.Registrant, SlipDigest: digest, IssuedTxID: slip.IssuingTxID, LedgerTime: ledger.Stamp(Now)}
}

// Payload gives the payload that peers sign for an answer of a chaincode.
func Payload(t testing.TB, chaincode string, answer any) []byte {
	t.Helper()
	content, err := json.Marshal(answer)
	require.NoError(t, err)
	action, err := proto.Marshal(&peer.ChaincodeAction{Results: []byte("read set"), ChaincodeId: &peer.ChaincodeID{Name: chaincode, Version: "1"},
		Response: &peer.Response{Status: 200, Message: "OK", Payload: content}})
	require.NoError(t, err)
	payload, err := proto.Marshal(&peer.ProposalResponsePayload{ProposalHash: make([]byte, 32), Extension: action})
	require.NoError(t, err)
	return payload
}

// Respond gives a member's serialized ProposalResponse for a payload.
func (m *Member) Respond(t testing.TB, payload []byte) []byte {
	t.Helper()
	response, err := proto.Marshal(&peer.ProposalResponse{Version: 1, Payload: payload, Endorsement: m.Endorse(t, payload)})
	require.NoError(t, err)
	return response
}

// Endorse signs a payload as a Fabric peer does.
func (m *Member) Endorse(t testing.TB, payload []byte) *peer.Endorsement {
	t.Helper()
	identity, err := proto.Marshal(&msp.SerializedIdentity{Mspid: m.MSP,
		IdBytes: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.Certificate.Raw})})
	require.NoError(t, err)
	digest := sha256.Sum256(append(append([]byte{}, payload...), identity...))
	r, s, err := ecdsa.Sign(rand.Reader, m.Key, digest[:])
	require.NoError(t, err)
	if order := m.Key.Params().N; s.Cmp(new(big.Int).Rsh(order, 1)) > 0 {
		s.Sub(order, s)
	}
	signature, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	require.NoError(t, err)
	return &peer.Endorsement{Endorser: identity, Signature: signature}
}

// Attest gives the file of an attestation that peers of the organisations have
// endorsed.
func (n *Network) Attest(t testing.TB, answer ledger.Attestation, organisations ...string) []byte {
	t.Helper()
	payload := Payload(t, n.Trust.Chaincode, answer)
	var responses [][]byte
	for _, id := range organisations {
		responses = append(responses, n.Peers[id].Respond(t, payload))
	}
	return Assemble(t, responses...)
}

// Assemble gives the file of an attestation made of responses.
func Assemble(t testing.TB, responses ...[]byte) []byte {
	t.Helper()
	bundle, err := artefact.AssembleAttestation(responses)
	require.NoError(t, err)
	content, err := bundle.Bytes()
	require.NoError(t, err)
	return content
}

// Envelope gives the transaction, prepared and not signed, that Fabric's gateway
// service makes of the organisations' endorsements of an answer.
func (n *Network) Envelope(t testing.TB, answer ledger.Attestation, organisations ...string) []byte {
	t.Helper()
	payload := Payload(t, n.Trust.Chaincode, answer)
	action := &peer.ChaincodeEndorsedAction{ProposalResponsePayload: payload}
	for _, id := range organisations {
		action.Endorsements = append(action.Endorsements, n.Peers[id].Endorse(t, payload))
	}
	marshal := func(message proto.Message) []byte {
		content, err := proto.Marshal(message)
		require.NoError(t, err)
		return content
	}
	return marshal(&common.Envelope{Payload: marshal(&common.Payload{Header: &common.Header{ChannelHeader: []byte{1}},
		Data: marshal(&peer.Transaction{Actions: []*peer.TransactionAction{{Header: []byte{1},
			Payload: marshal(&peer.ChaincodeActionPayload{ChaincodeProposalPayload: []byte{1}, Action: action})}}})})})
}
