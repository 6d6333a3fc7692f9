package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/field"
	"dengji/gateway/intake"
	"dengji/gateway/objector"
)

func (s *Server) raiseGuestObjection(x *exchange) error {
	request, err := decode[guestObjectionRequest](x)
	if err != nil {
		return err
	}
	as, err := s.asIntake(x)
	if err != nil {
		return err
	}
	who := objector.Objector{Name: strings.TrimSpace(request.Name), IdentityNumber: strings.TrimSpace(request.IdentityNumber),
		Contact: strings.TrimSpace(request.Contact), Statement: strings.TrimSpace(request.Statement)}
	if err := errors.Join(field.Line("contact", who.Contact, objector.MaxContact), who.Check()); err != nil {
		return err
	}
	permit, err := s.Intake.Permit(x.ctx(), request.Permit)
	if err != nil {
		return err
	}
	application, err := permit.Application()
	if err != nil {
		return err
	}
	var raised ledger.Objection
	if err := s.handIn(as, permit, func(files []string) (err error) {
		raised, err = s.raiseAsIntake(as, application, who, files)
		return err
	}); err != nil {
		return err
	}
	code, err := s.Intake.IssueCode(x.ctx(), raised.ID)
	if err != nil {
		return err
	}
	shown, err := guestView(as, raised)
	if err != nil {
		return err
	}
	return x.give(http.StatusCreated, objectionReceipt{TrackingCode: code, Objection: shown})
}

// handIn uses a permit up: its files are stored and anchored, and put forward. A
// permit whose files are not taken can be used again.
func (s *Server) handIn(as *exchange, permit intake.Permit, put func(files []string) error) error {
	if _, err := as.count(s.intake.taken); err != nil {
		return err
	}
	if err := s.Intake.Take(as.ctx(), permit); err != nil {
		return err
	}
	files, err := s.storeFiles(as, permit)
	if err == nil {
		err = put(files)
	}
	if err != nil {
		return errors.Join(err, s.Intake.GiveBack(context.WithoutCancel(as.ctx()), permit))
	}
	return s.Intake.End(context.WithoutCancel(as.ctx()), permit)
}

// storeFiles makes sealed evidence of a permit's files, in the intake's name.
func (s *Server) storeFiles(as *exchange, permit intake.Permit) ([]string, error) {
	files, err := s.Intake.Files(as.ctx(), permit)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fault.New(fault.EvidenceMissing, fault.Field("evidence"), fault.Article("23"))
	}
	var cids []string
	for _, file := range files {
		cid, err := s.Intake.Store(as.ctx(), permit, file, func(content io.Reader) (string, error) {
			stored, err := s.storeEvidence(as, evidenceUpload{kind: ledger.EvidenceOther, sealed: true, name: file.Name, content: content})
			return stored.CID, err
		})
		if err != nil {
			return nil, err
		}
		cids = append(cids, cid)
	}
	return cids, nil
}

// raiseAsIntake has the ledger take an objection. One that it holds already is
// answered like a new one as long as nobody has had its tracking code: the answer of
// the first attempt was lost.
func (s *Server) raiseAsIntake(as *exchange, application string, who objector.Objector, files []string) (ledger.Objection, error) {
	guest, err := s.Intake.Guest(as.ctx(), application, who.Name, who.IdentityNumber, who.Contact, who.Statement)
	if err != nil {
		return ledger.Objection{}, err
	}
	kept, err := s.Objectors.Keep(as.ctx(), who)
	if err != nil {
		return ledger.Objection{}, err
	}
	raised, err := submit[ledger.Objection](as, ledger.TxRaiseObjection, ledger.RaiseObjectionRequest{Application: application, Guest: guest,
		IdentityDigest: kept.IdentityDigest(), StatementDigest: kept.StatementDigest(), Evidence: files})
	if !refusedForGood(err) {
		return raised, err
	}
	forgotten := s.Objectors.Forget(as.ctx(), kept.IdentityDigest())
	if found := faultOf(err); found.Code == fault.AlreadyExists && forgotten == nil {
		return evaluate[ledger.Objection](as, ledger.TxGetObjection, ledger.IDRequest{ID: found.Values["objection"]})
	}
	return raised, errors.Join(err, forgotten)
}

func (s *Server) supplementGuestObjection(x *exchange) error {
	request, err := decode[supplementRequest](x)
	if err != nil {
		return err
	}
	as, err := s.asIntake(x)
	if err != nil {
		return err
	}
	permit, err := s.Intake.Permit(x.ctx(), request.Permit)
	if err != nil {
		return err
	}
	id, err := permit.Objection()
	if err != nil {
		return err
	}
	var supplied ledger.Objection
	if err := s.handIn(as, permit, func(files []string) (err error) {
		supplied, err = submit[ledger.Objection](as, ledger.TxActOnObjection, ledger.ActRequest{ID: id, Action: "supplement", Evidence: files})
		return err
	}); err != nil {
		return err
	}
	shown, err := guestView(as, supplied)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, shown)
}

// tracked finds the objection of a tracking code. A wrong one counts as a guess.
func (s *Server) tracked(as *exchange, code string) (string, error) {
	guess, err := as.count(s.intake.codes)
	if err != nil {
		return "", err
	}
	id, err := s.Intake.Objection(as.ctx(), code)
	if fault.CodeOf(err) != fault.TrackingCodeUnknown {
		guess.Forgive()
	}
	return id, err
}

func (s *Server) trackGuestObjection(x *exchange) error {
	request, err := decode[trackingRequest](x)
	if err != nil {
		return err
	}
	as, err := s.asIntake(x)
	if err != nil {
		return err
	}
	id, err := s.tracked(as, request.TrackingCode)
	if err != nil {
		return err
	}
	found, err := evaluate[ledger.Objection](as, ledger.TxGetObjection, ledger.IDRequest{ID: id})
	if err != nil {
		return err
	}
	shown, err := guestView(as, found)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, shown)
}

// guestView gathers what an objector without an account follows.
func guestView(as *exchange, o ledger.Objection) (guestObjection, error) {
	shown := guestObjection{ID: o.ID, Application: o.Application, Pack: o.Pack, State: o.State, RaisedAt: o.RaisedAt,
		Files: len(o.Evidence), Clocks: o.Clocks}
	application, err := evaluate[ledger.Application](as, ledger.TxGetApplication, ledger.IDRequest{ID: o.Application})
	if err != nil {
		return shown, err
	}
	shown.DataName, shown.RegistrantName, shown.NoticeEnd = application.Publicised.DataName, application.Publicised.RegistrantName, application.NoticeEnd
	steps, err := evaluate[ledger.Page[ledger.Step]](as, ledger.TxObjectionSteps, ledger.PageRequest{Of: o.ID, PageSize: ledger.MaxPageSize})
	if err != nil {
		return shown, err
	}
	for i := range steps.Items {
		by := steps.Items[i].Actor
		steps.Items[i].Actor = ledger.Actor{Role: by.Role, Name: by.Name}
	}
	shown.Steps = steps.Items
	shown.Actions, err = evaluate[[]ledger.AvailableAction](as, ledger.TxObjectionActions, ledger.IDRequest{ID: o.ID})
	return shown, err
}
