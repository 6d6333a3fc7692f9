package notification

import (
	"context"
	"errors"
	"fmt"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/queries"
	"dengji/gateway/readmodel/rows"
)

// moved is a case with who moved it.
type moved struct {
	matter
	by string // key of the actor
}

// reader reads cases as they stand, with the rule pack of each.
type reader struct {
	lists    *queries.Queries
	packs    map[string]ledger.RulePack // by "id@version"
	division string                     // of the municipality
}

func newReader(ctx context.Context, lists *queries.Queries) (*reader, error) {
	network, _, err := lists.Network(ctx)
	if err != nil {
		return nil, err
	}
	made := &reader{lists: lists, packs: map[string]ledger.RulePack{}, division: network.Division}
	err = paged(func(page ledger.PageRequest) (string, error) {
		found, err := lists.RulePacks(ctx, page)
		for _, record := range found.Items {
			made.packs[record.Pack.Reference().String()] = record.Pack
		}
		return found.Bookmark, err
	})
	return made, err
}

// of reads a case and those that move with it, as they stand now: nobody is told of
// what is over. It gives none for what is no case, or is gone.
func (r *reader) of(ctx context.Context, subject ledger.Subject, id string) (found []matter, err error) {
	switch subject {
	case ledger.SubjectApplication:
		found, err = r.application(ctx, id)
	case ledger.SubjectObjection:
		found, err = r.objection(ctx, id)
	case ledger.SubjectRegistration:
		found, err = r.registration(ctx, id)
	}
	if errors.Is(err, fault.New(fault.NotFound)) {
		err = nil
	}
	return found, err
}

func (r *reader) application(ctx context.Context, id string) ([]matter, error) {
	read, err := r.lists.Application(ctx, id)
	if err != nil {
		return nil, err
	}
	return []matter{r.matterOf(read)}, nil
}

func (r *reader) matterOf(of ledger.Application) matter {
	made := matter{subject: ledger.SubjectApplication, id: of.ID, title: of.Publicised.DataName, state: of.State, division: of.Division, municipal: of.Division == r.division,
		parts: map[string]rows.Part{}, applicant: of.Applicant.Key(), clocks: of.Clocks, pack: r.packs[of.Pack]}
	for _, party := range rows.Parties(of) {
		made.parts[party.USCC] = party.Part
	}
	made.reason = fmt.Sprintf("application/%s/%d", of.ID, of.Steps)
	return made
}

// objection reads an objection, and the application that it stops or ends.
func (r *reader) objection(ctx context.Context, id string) ([]matter, error) {
	read, err := r.lists.Objection(ctx, id)
	if err != nil {
		return nil, err
	}
	application, err := r.lists.Application(ctx, read.Application)
	if err != nil {
		return nil, err
	}
	about := r.matterOf(application)
	made := about
	made.subject, made.id, made.state, made.clocks, made.pack = ledger.SubjectObjection, read.ID, read.State, read.Clocks, r.packs[read.Pack]
	made.objector = read.Objector.Key()
	made.reason = fmt.Sprintf("objection/%s/%d", read.ID, read.Steps)
	return []matter{made, about}, nil
}

func (r *reader) registration(ctx context.Context, code string) ([]matter, error) {
	read, err := r.lists.Registration(ctx, code)
	if err != nil {
		return nil, err
	}
	return []matter{r.matterOfRegistration(read)}, nil
}

func (r *reader) matterOfRegistration(of ledger.Registration) matter {
	owners := map[string]rows.Part{of.Registrant: rows.PartRegistrant}
	for _, joint := range of.Joint {
		owners[joint.USCC] = rows.PartConfirmed
	}
	return matter{subject: ledger.SubjectRegistration, id: of.Code, title: of.Publicised.DataName, state: ledger.State(of.Status), division: of.Division,
		parts: owners, pack: r.packs[of.Pack], reason: fmt.Sprintf("registration/%s/%d", of.Code, of.Steps)}
}
