package slip

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/cryptosuite"
	"dengji/verify/artefact"
)

// Request is what a slip is made of.
type Request struct {
	Network         ledger.Network
	Registration    ledger.Registration // as its version was made: before anything was anchored to it
	QueryCode       string              // as ParseQuery accepts it
	IssuingTxID     string              // of the transaction that made this version of the registration
	VerificationURL string              // base of the public verification page, http or https
	Basis           []string            // articles that this version rests on, as Basis gives them
	Replaces        *artefact.Replaced
}

// Articles that a slip rests on beside that of its application's type.
const (
	articlePublicity = "22"
	articleIssuance  = "24"
)

// Basis gives the articles that a version of a registration rests on, each once: that
// of the type of the application which led to it, publicity if there was one, and
// issuance with its validity. The pack MUST be the application's.
func Basis(pack ledger.RulePack, application ledger.Application) []string {
	var basis []string
	for _, rule := range pack.ApplicationTypes {
		if rule.Type == application.Type && rule.Article != articleIssuance {
			basis = append(basis, rule.Article)
		}
	}
	if application.NoticeEnd != "" {
		basis = append(basis, articlePublicity)
	}
	return append(basis, articleIssuance)
}

// ErrIncomplete means that a registration cannot have a slip yet, or any more.
var ErrIncomplete = errors.New("slip: the registration cannot have a slip")

// Build makes the slip of a registration. It depends on the request alone: the
// same request gives the same digest, whenever it is made.
func Build(request Request) (artefact.Slip, error) {
	registration := request.Registration
	if registration.Status != ledger.RegistrationActive {
		return artefact.Slip{}, fmt.Errorf("%w: status %q", ErrIncomplete, registration.Status)
	}
	if registration.Version > 1 && request.Replaces == nil {
		return artefact.Slip{}, fmt.Errorf("%w: version %d has to name the slip that it replaces", ErrIncomplete, registration.Version)
	}
	if len(request.Basis) == 0 {
		return artefact.Slip{}, fmt.Errorf("%w: no article that it rests on", ErrIncomplete)
	}
	registrationCode, err := code.ParseRegistration(registration.Code)
	if err != nil {
		return artefact.Slip{}, fmt.Errorf("slip: registration code: %w", err)
	}
	queryCode, err := code.ParseQuery(request.QueryCode)
	if err != nil {
		return artefact.Slip{}, fmt.Errorf("slip: query code: %w", err)
	}
	page, err := verificationURL(request.VerificationURL, registrationCode, queryCode)
	if err != nil {
		return artefact.Slip{}, err
	}
	versionAt := ""
	if registration.Version > 1 {
		versionAt = registration.UpdatedAt
	}
	return artefact.Slip{
		Format: artefact.SlipFormat, Schema: artefact.SlipSchema,
		Mode: request.Network.Mode, Platform: request.Network.Name,
		Code: registrationCode, QueryCode: queryCode, Version: registration.Version, Kind: registration.Kind,
		Registrant: registration.Registrant, Joint: registration.Joint, Publicised: registration.Publicised,
		Entries: orEmpty(registration.Entries), Evidence: orEmpty(registration.Evidence),
		IssuedAt: registration.IssuedAt, VersionAt: versionAt, ValidFrom: registration.ValidFrom, ValidUntil: registration.ValidUntil,
		Application: registration.Application, IssuingTxID: request.IssuingTxID, RulePack: registration.Pack,
		Articles: request.Basis, NationalCode: registration.NationalCode, Replaces: request.Replaces, VerificationURL: page,
	}, nil
}

// Issue builds and signs a slip.
func Issue(ctx context.Context, request Request, signer cryptosuite.Signer) (artefact.SignedSlip, error) {
	slip, err := Build(request)
	if err != nil {
		return artefact.SignedSlip{}, err
	}
	return artefact.SignSlip(ctx, slip, signer)
}

// verificationURL puts the codes into the fragment, which a browser does not send:
// the page asks for them itself, and they stay out of access logs.
func verificationURL(base, registrationCode, queryCode string) (string, error) {
	page, err := url.Parse(base)
	if err != nil || page.Host == "" || (page.Scheme != "https" && page.Scheme != "http") {
		return "", fmt.Errorf("slip: verification page %q is not an http or https address", base)
	}
	page.Fragment = "code=" + registrationCode + "&query=" + queryCode
	return page.String(), nil
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
