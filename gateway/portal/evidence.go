package portal

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/anchor"
	"dengji/gateway/client"
)

// evidenceBody bounds a form with one file; the interface has a limit of its own.
const evidenceBody = 5 << 30

// fieldLimit bounds a field that stands before the file, in bytes.
const fieldLimit = 1 << 10

func (p *Portal) evidencePages() []page {
	const upload = "/mine/uploads/{upload}"
	return []page{
		{pattern: "GET /mine/evidence", handle: p.ownEvidence, login: true},
		{pattern: "POST /mine/evidence", handle: p.anchorEvidence, login: true, body: evidenceBody},
		{pattern: "GET /mine/evidence/{cid}/content", handle: p.evidenceContent, login: true},
		{pattern: "POST /mine/uploads", handle: relayUpload, login: true, body: evidenceBody},
		{pattern: "HEAD " + upload, handle: relayUpload, login: true},
		{pattern: "PATCH " + upload, handle: relayUpload, login: true, body: evidenceBody},
		{pattern: "DELETE " + upload, handle: relayUpload, login: true},
		{pattern: "POST " + upload + "/completion", handle: relayUpload, login: true},
	}
}

type evidenceRow struct {
	client.NamedEvidence
	KindLabel string
}

type evidenceView struct {
	listView[evidenceRow]
	Form  *form
	Kinds []option
}

func (p *Portal) ownEvidence(v *visit) error {
	shown, err := v.evidenceView(newForm())
	if err != nil {
		return err
	}
	return v.show("evidence", shown)
}

func (v *visit) evidenceView(filled *form) (evidenceView, error) {
	list, err := v.client.Evidence(v.Request.Context(), pageOf(v.Request))
	shown := evidenceView{Form: filled, Kinds: v.options("registrant.evidence.", filled.Value("kind"), kindNames()...)}
	shown.Next = nextPage("/mine/evidence", nil, list.Bookmark)
	for _, item := range list.Items {
		shown.Rows = append(shown.Rows, evidenceRow{item, v.options("registrant.evidence.", "", string(item.Kind))[0].Label})
	}
	return shown, err
}

func kindNames() []string {
	names := make([]string, 0, len(ledger.EvidenceKinds))
	for _, kind := range ledger.EvidenceKinds {
		names = append(names, string(kind))
	}
	return names
}

// anchorEvidence takes a form without scripts. The file streams through; what it is
// stands before it.
func (p *Portal) anchorEvidence(v *visit) error {
	reader, err := v.Request.MultipartReader()
	if err != nil {
		return fault.New(fault.MalformedRequest, fault.Cause(err))
	}
	filled := newForm()
	file, err := untilFile(reader, filled)
	if err != nil {
		return err
	}
	if file == nil {
		err = &client.Error{Status: http.StatusUnprocessableEntity, Code: fault.MissingField, Field: "file", Message: faultText(fault.MissingField)}
	} else {
		_, _, err = v.client.PutEvidence(v.Request.Context(), ledger.EvidenceKind(filled.value("kind")), filled.value("sealed") == "true", file.FileName(), file)
	}
	if err == nil {
		return v.to("/mine/evidence")
	}
	if !filled.refused(err, v.languageName) {
		return err
	}
	shown, err := v.evidenceView(filled)
	if err != nil {
		return err
	}
	return v.again("evidence", shown)
}

// untilFile reads the fields before the file; nil where no file was chosen.
func untilFile(reader *multipart.Reader, filled *form) (*multipart.Part, error) {
	for range 8 {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, fault.New(fault.MalformedRequest, fault.Cause(err))
		}
		if part.FormName() == "file" {
			if part.FileName() == "" {
				return nil, nil
			}
			return part, nil
		}
		value, err := io.ReadAll(io.LimitReader(part, fieldLimit))
		if err != nil {
			return nil, fault.New(fault.MalformedRequest, fault.Cause(err))
		}
		filled.values.Set(part.FormName(), string(value))
	}
	return nil, fault.New(fault.MalformedRequest)
}

// evidenceContent gives a file back under its name.
func (p *Portal) evidenceContent(v *visit) error {
	found, err := v.client.Anchor(v.Request.Context(), anchor.Owner(v.account.Actor), v.Request.PathValue("cid"))
	if err != nil {
		return err
	}
	return v.handOut(found)
}

const apiUploads = "/api/v1/uploads"

// relayUpload carries the tus protocol between a script of the page, which cannot
// read the session's cookie, and the interface.
func relayUpload(v *visit) error {
	answer, err := v.client.ForwardUpload(v.Request.Context(), v.Request, strings.TrimPrefix(v.Request.URL.EscapedPath(), "/mine/uploads"))
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // read to the end
	for _, name := range []string{"Tus-Resumable", "Upload-Offset", "Upload-Length", "Content-Type"} {
		if value := answer.Header.Get(name); value != "" {
			v.Header().Set(name, value)
		}
	}
	if _, id, given := strings.Cut(answer.Header.Get("Location"), apiUploads+"/"); given {
		v.Header().Set("Location", "/mine/uploads/"+id)
	}
	v.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(v, answer.Body) // whoever asked may have gone
	return nil
}
