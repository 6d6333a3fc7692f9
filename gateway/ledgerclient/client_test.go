package ledgerclient

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/network/profile"
)

// fakePeer is a peer's gateway service whose answers a test decides.
type fakePeer struct {
	gateway.UnimplementedGatewayServer
	profile profile.Peer
	server  *grpc.Server

	mutex    sync.Mutex
	endorse  []func() error // one for each call; the last goes on
	submit   []func() error
	status   []func() (peer.TxValidationCode, error)
	evaluate []func() error
	writes   []*kvrwset.KVWrite
	calls    []string // "endorse", "submit", "status", "evaluate"
	asked    []string // organisations named in an endorsement, joined
	txIDs    []string // endorsed, in order
	sent     []string // submitted, in order
}

func next[T any](script *[]T) (T, bool) {
	var none T
	if len(*script) == 0 {
		return none, false
	}
	step := (*script)[0]
	if len(*script) > 1 {
		*script = (*script)[1:]
	}
	return step, true
}

func (f *fakePeer) note(call string) {
	f.calls = append(f.calls, call)
}

func (f *fakePeer) Endorse(_ context.Context, request *gateway.EndorseRequest) (*gateway.EndorseResponse, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.note("endorse")
	f.txIDs = append(f.txIDs, request.GetTransactionId())
	f.asked = append(f.asked, strings.Join(request.GetEndorsingOrganizations(), ","))
	if step, ok := next(&f.endorse); ok {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return &gateway.EndorseResponse{PreparedTransaction: envelope(request.GetChannelId(), f.writes...)}, nil
}

func (f *fakePeer) Submit(_ context.Context, request *gateway.SubmitRequest) (*gateway.SubmitResponse, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.note("submit")
	f.sent = append(f.sent, request.GetTransactionId())
	if step, ok := next(&f.submit); ok {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return &gateway.SubmitResponse{}, nil
}

func (f *fakePeer) CommitStatus(context.Context, *gateway.SignedCommitStatusRequest) (*gateway.CommitStatusResponse, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.note("status")
	if step, ok := next(&f.status); ok {
		code, err := step()
		return &gateway.CommitStatusResponse{Result: code, BlockNumber: 7}, err
	}
	return &gateway.CommitStatusResponse{Result: peer.TxValidationCode_VALID, BlockNumber: 7}, nil
}

func (f *fakePeer) Evaluate(context.Context, *gateway.EvaluateRequest) (*gateway.EvaluateResponse, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.note("evaluate")
	if step, ok := next(&f.evaluate); ok {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return &gateway.EvaluateResponse{Result: &peer.Response{Payload: []byte(`"answered by ` + f.profile.Name + `"`)}}, nil
}

func (f *fakePeer) seen() []string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return append([]string(nil), f.calls...)
}

// envelope is an endorsed transaction whose answer is {}.
func envelope(channel string, writes ...*kvrwset.KVWrite) *common.Envelope {
	must := func(m proto.Message) []byte {
		content, err := proto.Marshal(m)
		if err != nil {
			panic(err)
		}
		return content
	}
	action := must(&peer.ChaincodeAction{Results: must(&rwset.TxReadWriteSet{NsRwset: []*rwset.NsReadWriteSet{{Namespace: ledger.ChaincodeName,
		Rwset: must(&kvrwset.KVRWSet{Writes: writes})}}}), Response: &peer.Response{Status: 200, Payload: []byte(`{}`)}})
	response := must(&peer.ProposalResponsePayload{Extension: action})
	transaction := must(&peer.Transaction{Actions: []*peer.TransactionAction{{Payload: must(&peer.ChaincodeActionPayload{
		Action: &peer.ChaincodeEndorsedAction{ProposalResponsePayload: response}})}}})
	return &common.Envelope{Payload: must(&common.Payload{Header: &common.Header{
		ChannelHeader: must(&common.ChannelHeader{ChannelId: channel})}, Data: transaction})}
}

func startPeer(t *testing.T, name, msp string) *fakePeer {
	t.Helper()
	certificate, root := serverCertificate(t, name)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "root.pem")
	require.NoError(t, os.WriteFile(path, root, 0o600))
	made := &fakePeer{writes: []*kvrwset.KVWrite{{Key: "heartbeat", Value: []byte("{}")}}, profile: profile.Peer{Name: name, MSP: msp, Address: listener.Addr().String(), TLSName: name, TLSRoot: path},
		server: grpc.NewServer(grpc.Creds(credentials.NewServerTLSFromCert(&certificate)))}
	gateway.RegisterGatewayServer(made.server, made)
	go func() { _ = made.server.Serve(listener) }()
	t.Cleanup(made.server.Stop)
	return made
}

func serverCertificate(t *testing.T, name string) (tls.Certificate, []byte) {
	t.Helper()
	key, raw := selfSigned(t, name)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})
}

func selfSigned(t *testing.T, name string) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return key, raw
}

func someone(t *testing.T) Identity {
	t.Helper()
	key, raw := selfSigned(t, "someone")
	certificate, err := x509.ParseCertificate(raw)
	require.NoError(t, err)
	return Identity{MSP: ledger.RegistrantsMSP, Certificate: certificate, Key: key}
}

func open(t *testing.T, peers ...*fakePeer) *Client {
	t.Helper()
	connection := profile.Connection{Channel: ledger.Channel, Chaincode: ledger.ChaincodeName}
	for _, each := range peers {
		connection.Peers = append(connection.Peers, each.profile)
	}
	opened, err := Open(connection, Options{Timeouts: Timeouts{Evaluate: 20 * time.Second, Endorse: 20 * time.Second, Submit: 20 * time.Second, CommitStatus: 6 * time.Second}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	return opened
}

var call = Call{Transaction: ledger.TxHeartbeat, Request: struct{}{}}

func fine() error { return nil }

func failing(err error) func() error { return func() error { return err } }

func valid() (peer.TxValidationCode, error) { return peer.TxValidationCode_VALID, nil }

func marked(code peer.TxValidationCode) func() (peer.TxValidationCode, error) {
	return func() (peer.TxValidationCode, error) { return code, nil }
}

// said is a gRPC error that carries what one peer said.
func said(code codes.Code, msp, message string) error {
	described, err := status.New(code, "failed to endorse transaction, see attached details for more info").
		WithDetails(&gateway.ErrorDetail{Address: "peer:7051", MspId: msp, Message: message})
	if err != nil {
		panic(err)
	}
	return described.Err()
}

func TestATransactionIsAnsweredOnlyWithItsCommitStatus(t *testing.T) {
	one := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
	receipt, err := open(t, one).Submit(t.Context(), someone(t), call)
	require.NoError(t, err)
	require.Equal(t, []string{"endorse", "submit", "status"}, one.seen())
	require.Equal(t, one.txIDs[0], receipt.TxID)
	require.Equal(t, uint64(7), receipt.Block)
	require.JSONEq(t, `{}`, string(receipt.Answer))
}

func TestATransactionThatChangesNothingIsNotOrdered(t *testing.T) {
	one := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
	one.writes = nil
	receipt, err := open(t, one).Submit(t.Context(), someone(t), call)
	require.NoError(t, err)
	require.Equal(t, []string{"endorse"}, one.seen())
	require.Empty(t, receipt.TxID)
	require.JSONEq(t, `{}`, string(receipt.Answer))
}

func TestTheIdOfATransactionIsAnnouncedBeforeItIsOrdered(t *testing.T) {
	one := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
	one.status = []func() (peer.TxValidationCode, error){marked(peer.TxValidationCode_MVCC_READ_CONFLICT), valid}
	announcing := call
	var announced []string
	var before [][]string
	announcing.Announce = func(_ context.Context, txID string) error {
		announced, before = append(announced, txID), append(before, one.seen())
		return nil
	}
	receipt, err := open(t, one).Submit(t.Context(), someone(t), announcing)
	require.NoError(t, err)
	require.Equal(t, one.txIDs, announced, "each attempt has its own")
	require.Equal(t, receipt.TxID, announced[1])
	require.Equal(t, [][]string{{"endorse"}, {"endorse", "submit", "status", "endorse"}}, before)

	other := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
	announcing.Announce = func(context.Context, string) error { return fault.New(fault.ConcurrentChange) }
	_, err = open(t, other).Submit(t.Context(), someone(t), announcing)
	require.Equal(t, fault.ConcurrentChange, fault.CodeOf(err))
	require.Equal(t, []string{"endorse"}, other.seen(), "what cannot be announced is not ordered")
}

func TestFailuresOfATransactionByPhase(t *testing.T) {
	chaincodeFault := fault.New(fault.NotOwner, fault.Field("entries[0]")).Wire()
	cases := map[string]struct {
		script   func(*fakePeer)
		code     fault.Code
		phase    Phase
		attempts int // endorsements asked for
	}{
		"a refusal of the chaincode is handed on and not repeated": {
			script: func(p *fakePeer) {
				p.endorse = []func() error{failing(said(codes.Aborted, ledger.AuthorityMSP, "chaincode response 500, "+chaincodeFault))}
			}, code: fault.NotOwner, phase: PhaseEndorse, attempts: 1},
		"a read conflict is tried again with a new proposal until the bound": {
			script: func(p *fakePeer) {
				p.status = []func() (peer.TxValidationCode, error){marked(peer.TxValidationCode_MVCC_READ_CONFLICT)}
			}, code: fault.ConcurrentChange, phase: PhaseCommit, attempts: MaxAttempts},
		"a failed endorsement policy is not tried again": {
			script: func(p *fakePeer) {
				p.status = []func() (peer.TxValidationCode, error){marked(peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE)}
			}, code: fault.TransactionInvalid, phase: PhaseCommit, attempts: 1},
		"orderers without a quorum are named as such": {
			script: func(p *fakePeer) {
				p.submit = []func() error{failing(said(codes.Unavailable, ledger.RegistrarMSP, "no quorum"))}
				p.status = []func() (peer.TxValidationCode, error){func() (peer.TxValidationCode, error) {
					return 0, status.Error(codes.DeadlineExceeded, "not committed")
				}}
			}, code: fault.OrderingUnavailable, phase: PhaseSubmit, attempts: 1},
		"an outcome that cannot be learnt is not called a failure": {
			script: func(p *fakePeer) {
				p.submit = []func() error{failing(status.Error(codes.Unknown, "broken off"))}
				p.status = []func() (peer.TxValidationCode, error){func() (peer.TxValidationCode, error) {
					return 0, status.Error(codes.Internal, "not known")
				}}
			}, code: fault.CommitUnknown, phase: PhaseCommitStatus, attempts: 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
			c.script(one)
			_, err := open(t, one).Submit(t.Context(), someone(t), call)
			require.Equal(t, c.code, fault.CodeOf(err), "%v", err)
			var failed *PhaseError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, c.phase, failed.Phase)
			require.NotEmpty(t, failed.TxID)
			require.Len(t, one.txIDs, c.attempts)
			unique := map[string]bool{}
			for _, id := range one.txIDs {
				unique[id] = true
			}
			require.Len(t, unique, c.attempts, "every proposal has a transaction id of its own")
		})
	}
}

func TestAReadConflictThatPassesIsNotSeenByTheCaller(t *testing.T) {
	one := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
	one.status = []func() (peer.TxValidationCode, error){marked(peer.TxValidationCode_MVCC_READ_CONFLICT), marked(peer.TxValidationCode_PHANTOM_READ_CONFLICT), valid}
	receipt, err := open(t, one).Submit(t.Context(), someone(t), call)
	require.NoError(t, err)
	require.Equal(t, one.txIDs[2], receipt.TxID)
}

func TestAnAmbiguousSubmissionAsksForTheStatusBeforeAnythingIsRepeated(t *testing.T) {
	t.Run("and finds that it has committed", func(t *testing.T) {
		one := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
		one.submit = []func() error{failing(status.Error(codes.Unavailable, "connection lost"))}
		_, err := open(t, one).Submit(t.Context(), someone(t), call)
		require.NoError(t, err)
		require.Equal(t, []string{"endorse", "submit", "status"}, one.seen())
	})
	t.Run("and sends the same transaction, not a new one, when it has not", func(t *testing.T) {
		one := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
		one.submit = []func() error{failing(status.Error(codes.Unavailable, "connection lost")), fine}
		unknown := func() (peer.TxValidationCode, error) { return 0, status.Error(codes.DeadlineExceeded, "not yet") }
		var asked int
		one.status = []func() (peer.TxValidationCode, error){func() (peer.TxValidationCode, error) {
			if asked++; len(one.sent) < 2 {
				return unknown()
			}
			return valid()
		}}
		receipt, err := open(t, one).Submit(t.Context(), someone(t), call)
		require.NoError(t, err)
		require.Len(t, one.txIDs, 1)
		require.Equal(t, []string{receipt.TxID, receipt.TxID}, one.sent)
		require.Greater(t, asked, 1)
	})
}

func TestALostPeerIsReplacedByAnother(t *testing.T) {
	first := startPeer(t, "peer0.registrar", ledger.RegistrarMSP)
	second := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
	connected := open(t, first, second)
	as := someone(t)
	answer, err := connected.Evaluate(t.Context(), as, call)
	require.NoError(t, err)
	require.Contains(t, string(answer), first.profile.Name, "the profile's order is kept")
	first.server.Stop()
	answer, err = connected.Evaluate(t.Context(), as, call)
	require.NoError(t, err)
	require.Contains(t, string(answer), second.profile.Name)
	_, err = connected.Submit(t.Context(), as, call)
	require.NoError(t, err)
}

func TestAMissingOrganisationIsNamed(t *testing.T) {
	registrar := startPeer(t, "peer0.registrar", ledger.RegistrarMSP)
	authority := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
	districts := startPeer(t, "peer0.districts", ledger.DistrictsMSP)
	connected := open(t, registrar, authority, districts)
	authority.server.Stop()
	registrar.endorse = []func() error{failing(status.Error(codes.FailedPrecondition, "no combination of peers can be derived which satisfy the endorsement policy"))}
	issue := call
	issue.Needs = []string{ledger.AuthorityMSP, ledger.RegistrarMSP}
	_, err := connected.Submit(t.Context(), someone(t), issue)
	found := fault.Of(err)
	require.Equal(t, fault.EndorserUnavailable, found.Code, "%v", err)
	require.Equal(t, "Authority", found.Values["waitingFor"])
}

var issuance = Call{Transaction: ledger.TxAct, Request: struct{}{}, Needs: []string{ledger.AuthorityMSP, ledger.RegistrarMSP}}

func TestAPeerThatHasJustComeBackIsWaitedFor(t *testing.T) {
	for name, answer := range map[string]error{
		"that the gateway peer does not know yet":         status.Error(codes.FailedPrecondition, noCombination+": no peer combination can satisfy the endorsement policy"),
		"that the gateway peer knows, but cannot yet ask": status.Error(codes.FailedPrecondition, noneAvailable+" due to unavailability of peers: [peer0.authority:7051]"),
		"that the gateway peer has not dialled again": said(codes.Aborted, ledger.AuthorityMSP,
			notReached+` desc = connection error: desc = "transport: Error while dialing: connection refused"`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registrar := startPeer(t, "peer0.registrar", ledger.RegistrarMSP)
			authority := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
			connected := open(t, registrar, authority)
			registrar.endorse = []func() error{failing(answer), fine}
			_, err := connected.Submit(t.Context(), someone(t), issuance)
			require.NoError(t, err)
			require.Equal(t, 2, count(registrar.seen(), "endorse"))
		})
	}
}

func TestAnOrganisationThatHasJustComeBackIsWaitedForByAnAttestation(t *testing.T) {
	registrar := startPeer(t, "peer0.registrar", ledger.RegistrarMSP)
	authority := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
	unknown := failing(status.Error(codes.Unavailable, noneOfThose+": AuthorityMSP"))
	t.Run("while its peer answers", func(t *testing.T) {
		registrar.endorse = []func() error{unknown, fine}
		_, err := open(t, registrar, authority).Endorse(t.Context(), someone(t), call, issuance.Needs...)
		require.NoError(t, err)
		require.Equal(t, 2, count(registrar.seen(), "endorse"))
	})
	t.Run("but not when it is dead, which is named", func(t *testing.T) {
		authority.server.Stop()
		registrar.endorse = []func() error{unknown, unknown}
		_, err := open(t, registrar, authority).Endorse(t.Context(), someone(t), call, issuance.Needs...)
		require.Equal(t, fault.EndorserUnavailable, fault.CodeOf(err), "%v", err)
		require.Equal(t, "Authority", fault.Of(err).Values["waitingFor"])
		require.Equal(t, 3, count(registrar.seen(), "endorse"))
	})
}

func TestAPeerThatIsDeadIsNotWaitedFor(t *testing.T) {
	registrar := startPeer(t, "peer0.registrar", ledger.RegistrarMSP)
	authority := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
	connected := open(t, registrar, authority)
	authority.server.Stop()
	registrar.endorse = []func() error{failing(said(codes.Aborted, ledger.AuthorityMSP, notReached)), fine}
	_, err := connected.Submit(t.Context(), someone(t), issuance)
	require.Equal(t, fault.EndorserUnavailable, fault.CodeOf(err), "%v", err)
	require.Equal(t, 1, count(registrar.seen(), "endorse"))
}

func TestAPlainTransactionGoesAroundAnOrganisationWhoseChaincodeIsLost(t *testing.T) {
	lost := said(codes.Aborted, ledger.RegistrarMSP, "error starting container: chaincode connection refused")
	t.Run("with the two others", func(t *testing.T) {
		one := startPeer(t, "peer0.registrar", ledger.RegistrarMSP)
		one.endorse = []func() error{failing(lost), fine}
		_, err := open(t, one).Submit(t.Context(), someone(t), call)
		require.NoError(t, err)
		require.Equal(t, []string{"", "AuthorityMSP,DistrictsMSP"}, one.asked)
	})
	t.Run("whom the gateway peer does not know yet", func(t *testing.T) {
		registrar := startPeer(t, "peer0.registrar", ledger.RegistrarMSP)
		authority := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
		districts := startPeer(t, "peer0.districts", ledger.DistrictsMSP)
		connected := open(t, authority, registrar, districts)
		registrar.server.Stop()
		authority.endorse = []func() error{failing(lost), failing(status.Error(codes.Unavailable, noneOfThose+": DistrictsMSP")), failing(lost), fine}
		_, err := connected.Submit(t.Context(), someone(t), call)
		require.NoError(t, err)
		require.Equal(t, []string{"", "AuthorityMSP,DistrictsMSP", "", "AuthorityMSP,DistrictsMSP"}, authority.asked)
	})
	t.Run("but not when a second one is dead", func(t *testing.T) {
		registrar := startPeer(t, "peer0.registrar", ledger.RegistrarMSP)
		authority := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
		districts := startPeer(t, "peer0.districts", ledger.DistrictsMSP)
		connected := open(t, authority, registrar, districts)
		registrar.server.Stop()
		districts.server.Stop()
		authority.endorse = []func() error{failing(lost), failing(status.Error(codes.Unavailable, noneOfThose+": DistrictsMSP")), fine}
		_, err := connected.Submit(t.Context(), someone(t), call)
		require.Equal(t, fault.EndorserUnavailable, fault.CodeOf(err), "%v", err)
		require.Equal(t, []string{"", "AuthorityMSP,DistrictsMSP"}, authority.asked)
	})
	t.Run("but one that both registrar and authority must endorse waits", func(t *testing.T) {
		one := startPeer(t, "peer0.registrar", ledger.RegistrarMSP)
		one.endorse = []func() error{failing(lost)}
		issue := Call{Transaction: ledger.TxAct, Request: struct{}{}, Needs: []string{ledger.AuthorityMSP, ledger.RegistrarMSP}}
		_, err := open(t, one).Submit(t.Context(), someone(t), issue)
		require.Equal(t, fault.EndorserUnavailable, fault.CodeOf(err), "%v", err)
		require.Equal(t, "Registrar", fault.Of(err).Values["waitingFor"])
		require.Equal(t, []string{""}, one.asked)
	})
}

func TestWithoutAnyPeerTheLedgerIsUnreachable(t *testing.T) {
	one := startPeer(t, "peer0.registrar", ledger.RegistrarMSP)
	connected := open(t, one)
	one.server.Stop()
	_, err := connected.Evaluate(t.Context(), someone(t), call)
	require.Equal(t, fault.LedgerUnreachable, fault.CodeOf(err), "%v", err)
}

func TestAPeerIsHeldToTheRootOfItsOwnOrganisation(t *testing.T) {
	one := startPeer(t, "peer0.registrar", ledger.RegistrarMSP)
	other := startPeer(t, "peer0.authority", ledger.AuthorityMSP)
	one.profile.TLSRoot = other.profile.TLSRoot // a root that vouches for another organisation's peer
	_, err := open(t, one).Evaluate(t.Context(), someone(t), call)
	require.Equal(t, fault.LedgerUnreachable, fault.CodeOf(err), "%v", err)
	require.Empty(t, one.seen())
}

func TestACallerWhoGoesAwayGetsNoAnswerButLeavesNothingUnresolved(t *testing.T) {
	one := startPeer(t, "peer0.registrar", ledger.RegistrarMSP)
	ctx, cancel := context.WithCancel(t.Context())
	one.submit = []func() error{func() error { cancel(); return nil }}
	receipt, err := open(t, one).Submit(ctx, someone(t), call)
	require.NoError(t, err, "the commit status is still waited for")
	require.NotEmpty(t, receipt.TxID)
}

func TestAConnectionProfileWithoutPeersIsRefused(t *testing.T) {
	_, err := Open(profile.Connection{}, Options{})
	require.Error(t, err)
	_, err = Open(profile.Connection{Peers: []profile.Peer{{Name: "p", TLSRoot: "/nowhere"}}}, Options{})
	require.True(t, errors.Is(err, os.ErrNotExist), "%v", err)
}
