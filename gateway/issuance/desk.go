package issuance

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/singleflight"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	"dengji/gateway/account"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/slip"
	"dengji/verify/artefact"
)

// ActionIssue is the action of the procedure that issues a code.
const ActionIssue = "issue"

// issuers are the organisations that must both endorse what changes a
// registration.
var issuers = []string{ledger.AuthorityMSP, ledger.RegistrarMSP}

// Accounts finds the account in whose name something is finished.
type Accounts interface {
	Find(ctx context.Context, name string) (account.Account, error)
}

// Options are what a Desk works with; all are required.
type Options struct {
	Ledger   ledgerclient.Ledger
	Accounts Accounts
	Database *sql.DB
	Sealer   sealing.Sealer
	Attestor Attestor           // for the compact proof on paper
	Signer   cryptosuite.Signer // of the registrar's slips
	Page     string             // address of the public verification page, which slips point to
	Clock    func() time.Time
	Log      *slog.Logger
}

// Desk takes the steps of the procedure and makes the slips. It is safe for
// concurrent use.
type Desk struct {
	Options
	making singleflight.Group // by code: one slip at a time
}

// NewDesk makes a Desk.
func NewDesk(options Options) *Desk { return &Desk{Options: options} }

// Act takes one step of the procedure as an account. The step that issues a code
// gets its query code here; the slip is made before Act returns, if it can be: a
// failure of that is logged and left to Finish, since the code is issued.
func (d *Desk) Act(ctx context.Context, by account.Account, act ledger.ActRequest) (ledger.Application, ledgerclient.Receipt, error) {
	call := ledgerclient.Call{Transaction: ledger.TxAct, Request: &act}
	if by.Actor.Role == ledger.RoleIssuer {
		call.Needs = issuers
	}
	if act.Action == ActionIssue && by.Actor.Role == ledger.RoleIssuer {
		prepared, err := d.prepare(ctx, act.ID, by.Name)
		if err != nil {
			return ledger.Application{}, ledgerclient.Receipt{}, err
		}
		act.Issue = &ledger.IssueRequest{QueryCodeDigest: prepared.digest, QueryCodeSalt: prepared.salt}
	}
	application, receipt, err := ledgerclient.SubmitFor[ledger.Application](ctx, d.Ledger, by.Identity, call)
	if err != nil {
		return application, receipt, err
	}
	if application.State == ledger.StateRegistered && by.Actor.Role == ledger.RoleIssuer {
		if err := d.follow(context.WithoutCancel(ctx), application, act.Action); err != nil {
			d.Log.Error("a slip is not ready yet", "application", application.ID,
				"registration", application.Registration, "error", err.Error())
		}
	}
	return application, receipt, nil
}

// follow makes the slip that a step has led to: of a new code, or of a new version
// of a registration, whose query code stays.
func (d *Desk) follow(ctx context.Context, application ledger.Application, action string) error {
	if action == ActionIssue {
		return d.finish(ctx, application.ID)
	}
	_, err := d.make(ctx, application.Registration)
	return err
}

// Slip gives the signed slip of a registration's version, made now if it was not
// made yet. SLIP_NOT_READY where that does not succeed.
func (d *Desk) Slip(ctx context.Context, registration ledger.Registration) (artefact.SignedSlip, error) {
	stored, err := d.storedSlip(ctx, registration.Code, registration.Version)
	if err != nil {
		return artefact.SignedSlip{}, err
	}
	if stored != nil && stored.anchored {
		return stored.signed, nil
	}
	made, err := d.make(ctx, registration.Code)
	if err != nil {
		return artefact.SignedSlip{}, fault.New(fault.SlipNotReady, fault.Cause(err))
	}
	if made == nil || made.Slip.Version != registration.Version {
		return artefact.SignedSlip{}, fault.New(fault.SlipNotReady)
	}
	return *made, nil
}

// Sheet gives the slip as a PDF, with the compact proof. A sheet is not held back
// while an organisation cannot be asked: it lacks the proof's code then, and a later
// one has it.
func (d *Desk) Sheet(ctx context.Context, signed artefact.SignedSlip) ([]byte, error) {
	proof, err := d.proof(ctx, signed)
	if err != nil {
		d.Log.Warn("a sheet is printed without its compact proof", "registration", signed.Slip.Code, "error", err.Error())
	}
	return slip.Print(ctx, signed, proof, d.Signer)
}

// Finish completes what a crash or an unreachable organisation left half done. It
// goes through everything that is open and reports all failures together.
func (d *Desk) Finish(ctx context.Context) error {
	applications, err := d.openApplications(ctx)
	if err != nil {
		return err
	}
	var failures []error
	for _, application := range applications {
		if err := d.finish(ctx, application); err != nil {
			failures = append(failures, fmt.Errorf("issuance: application %s: %w", application, err))
		}
	}
	return errors.Join(failures...)
}

// finish goes on with the issuance of an application: learns the code, if it was
// issued, and makes the slip.
func (d *Desk) finish(ctx context.Context, applicationID string) error {
	open, err := d.issuance(ctx, "application", applicationID)
	if err != nil || open == nil {
		return err
	}
	if open.code == "" {
		if open.code, err = d.learnCode(ctx, *open); err != nil || open.code == "" {
			return err
		}
	}
	_, err = d.make(ctx, open.code)
	return err
}

// learnCode asks the ledger whether the code was issued with our query code.
func (d *Desk) learnCode(ctx context.Context, open issuance) (string, error) {
	issuer, err := d.Accounts.Find(ctx, open.account)
	if err != nil {
		return "", err
	}
	application, err := d.application(ctx, issuer.Identity, open.application)
	if err != nil || application.State != ledger.StateRegistered || application.Registration == "" {
		return "", err
	}
	registration, err := d.registration(ctx, issuer.Identity, application.Registration)
	if err != nil {
		return "", err
	}
	if registration.QueryCodeDigest != open.digest {
		return "", fault.New(fault.Internal, fault.Cause(fmt.Errorf("issuance: %s was issued with another query code", registration.Code)))
	}
	return registration.Code, d.setCode(ctx, open.application, registration.Code)
}

func (d *Desk) application(ctx context.Context, as ledgerclient.Identity, id string) (ledger.Application, error) {
	return ledgerclient.EvaluateFor[ledger.Application](ctx, d.Ledger, as,
		ledgerclient.Call{Transaction: ledger.TxGetApplication, Request: ledger.IDRequest{ID: id}})
}

func (d *Desk) registration(ctx context.Context, as ledgerclient.Identity, code string) (ledger.Registration, error) {
	return ledgerclient.EvaluateFor[ledger.Registration](ctx, d.Ledger, as,
		ledgerclient.Call{Transaction: ledger.TxGetRegistration, Request: ledger.IDRequest{ID: code}})
}

// make gives the slip of a code's present version: stored first, then anchored.
// It gives nil for a code that this gateway did not issue or that has ended.
func (d *Desk) make(ctx context.Context, code string) (*artefact.SignedSlip, error) {
	made, err, _ := d.making.Do(code, func() (any, error) { return d.makeOnce(context.WithoutCancel(ctx), code) })
	if err != nil {
		return nil, err
	}
	return made.(*artefact.SignedSlip), nil
}

func (d *Desk) makeOnce(ctx context.Context, code string) (*artefact.SignedSlip, error) {
	open, err := d.issuance(ctx, "code", code)
	if err != nil || open == nil {
		return nil, err
	}
	issuer, err := d.Accounts.Find(ctx, open.account)
	if err != nil {
		return nil, err
	}
	registration, err := d.registration(ctx, issuer.Identity, code)
	if err != nil {
		return nil, err
	}
	stored, err := d.printed(ctx, issuer, *open, registration)
	if err != nil || stored == nil {
		return nil, err
	}
	if err := d.anchor(ctx, issuer, registration, stored); err != nil {
		return nil, err
	}
	if _, err := d.proof(ctx, stored.signed); err != nil { // Sheet asks again
		d.Log.Warn("a compact proof is not made yet", "registration", code, "error", err.Error())
	}
	return &stored.signed, nil
}

// printed gives the stored slip of a registration's version, printed now if there
// is none; nil where a registration has ended without one.
func (d *Desk) printed(ctx context.Context, issuer account.Account, open issuance, registration ledger.Registration) (*storedSlip, error) {
	stored, err := d.storedSlip(ctx, registration.Code, registration.Version)
	if err != nil || stored != nil || registration.Status != ledger.RegistrationActive {
		return stored, err
	}
	return d.print(ctx, issuer, open, registration)
}

// print composes, signs and stores a slip.
func (d *Desk) print(ctx context.Context, issuer account.Account, open issuance, registration ledger.Registration) (*storedSlip, error) {
	now, err := ledgerclient.EvaluateFor[ledger.Now](ctx, d.Ledger, issuer.Identity,
		ledgerclient.Call{Transaction: ledger.TxGetNetwork, Request: struct{}{}})
	if err != nil {
		return nil, err
	}
	queryCode, err := d.queryCode(ctx, open)
	if err != nil {
		return nil, err
	}
	replaced, err := d.replaced(ctx, issuer.Identity, registration)
	if err != nil {
		return nil, err
	}
	basis, err := d.basis(ctx, issuer.Identity, registration)
	if err != nil {
		return nil, err
	}
	signed, err := slip.Issue(ctx, slip.Request{Network: now.Network, Registration: registration, QueryCode: queryCode,
		IssuingTxID: registration.TxID, VerificationURL: d.Page, Basis: basis, Replaces: replaced}, d.Signer)
	if err != nil {
		return nil, fmt.Errorf("issuance: slip of %s: %w", registration.Code, err)
	}
	return d.storeSlip(ctx, signed)
}

// basis gives the articles that a version rests on, as the rule pack of its
// application names them.
func (d *Desk) basis(ctx context.Context, as ledgerclient.Identity, registration ledger.Registration) ([]string, error) {
	application, err := d.application(ctx, as, registration.Application)
	if err != nil {
		return nil, err
	}
	reference, err := ledger.ParsePackReference(application.Pack)
	if err != nil {
		return nil, fmt.Errorf("issuance: rule pack of application %s: %w", application.ID, err)
	}
	record, err := ledgerclient.EvaluateFor[ledger.RulePackRecord](ctx, d.Ledger, as,
		ledgerclient.Call{Transaction: ledger.TxGetRulePack, Request: reference})
	if err != nil {
		return nil, err
	}
	return slip.Basis(record.Pack, application), nil
}

// replaced names the slip of the version before, which a later one takes the
// place of; nil for the first version.
func (d *Desk) replaced(ctx context.Context, as ledgerclient.Identity, registration ledger.Registration) (*artefact.Replaced, error) {
	if registration.Version == 1 {
		return nil, nil
	}
	before := artefact.Replaced{Version: registration.Version - 1}
	for page := (ledger.PageRequest{Of: registration.Code, PageSize: ledger.MaxPageSize}); ; {
		versions, err := ledgerclient.EvaluateFor[ledger.Page[ledger.Registration]](ctx, d.Ledger, as,
			ledgerclient.Call{Transaction: ledger.TxListVersions, Request: page})
		if err != nil {
			return nil, err
		}
		for _, version := range versions.Items {
			if version.Version == before.Version {
				before.SlipDigest = version.SlipDigest
				return &before, nil
			}
		}
		if page.Bookmark = versions.Bookmark; page.Bookmark == "" {
			return nil, fault.New(fault.Internal, fault.Cause(fmt.Errorf("issuance: version %d of %s is not on the ledger", before.Version, registration.Code)))
		}
	}
}

// anchor puts the digest of a stored slip on the ledger.
func (d *Desk) anchor(ctx context.Context, issuer account.Account, registration ledger.Registration, stored *storedSlip) error {
	if stored.anchored {
		return nil
	}
	if registration.SlipDigest != "" && registration.SlipDigest != stored.digest {
		return fault.New(fault.SlipAlreadyAnchored, fault.Value("slipDigest", registration.SlipDigest))
	}
	if registration.SlipDigest == "" {
		_, err := d.Ledger.Submit(ctx, issuer.Identity, ledgerclient.Call{Transaction: ledger.TxAnchorSlip,
			Request: ledger.AnchorSlipRequest{Code: registration.Code, Digest: stored.digest}, Needs: issuers})
		if err != nil {
			return err
		}
	}
	return d.markAnchored(ctx, stored.signed.Slip)
}
