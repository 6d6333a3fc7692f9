package issuance

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"dengji/chaincode/rules/code"
	"dengji/gateway/database"
	"dengji/verify/artefact"
)

// issuance is a query code that was made for an application.
type issuance struct {
	application string
	account     string // issuer in whose name the rest is done
	sealed      string // query code
	salt        string
	digest      string
	code        string // empty until it is known to be issued
}

// prepare gives the issuance of an application, made durable now if there was
// none. Two callers at once get the same one.
func (d *Desk) prepare(ctx context.Context, application, accountName string) (issuance, error) {
	queryCode, salt := newQueryCode(), newSalt()
	sealed, err := d.Sealer.Seal(ctx, []byte(queryCode), queryCodeContext(application))
	if err != nil {
		return issuance{}, fmt.Errorf("issuance: seal query code: %w", err)
	}
	_, err = d.Database.ExecContext(ctx, `
		INSERT INTO issuances (application, account, sealed_query_code, salt, digest, created_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (application) DO NOTHING`,
		application, accountName, sealed, salt, code.QueryDigest(salt, queryCode), database.Stamp(d.Clock()))
	if err != nil {
		return issuance{}, fmt.Errorf("issuance: store query code: %w", err)
	}
	prepared, err := d.issuance(ctx, "application", application)
	if err == nil && prepared == nil {
		err = errors.New("issuance: the query code just stored is gone")
	}
	if err != nil {
		return issuance{}, err
	}
	return *prepared, nil
}

// issuance reads one row by a column of its own; nil where there is none.
func (d *Desk) issuance(ctx context.Context, column, value string) (*issuance, error) {
	queries := map[string]string{
		"application": `SELECT application, account, sealed_query_code, salt, digest, COALESCE(code, '') FROM issuances WHERE application = ?`,
		"code":        `SELECT application, account, sealed_query_code, salt, digest, COALESCE(code, '') FROM issuances WHERE code = ?`,
	}
	var found issuance
	err := d.Database.QueryRowContext(ctx, queries[column], value).
		Scan(&found.application, &found.account, &found.sealed, &found.salt, &found.digest, &found.code)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("issuance: read by %s: %w", column, err)
	}
	return &found, nil
}

func (d *Desk) queryCode(ctx context.Context, of issuance) (string, error) {
	queryCode, err := d.Sealer.Open(ctx, of.sealed, queryCodeContext(of.application))
	if err != nil {
		return "", fmt.Errorf("issuance: open query code: %w", err)
	}
	return string(queryCode), nil
}

func (d *Desk) setCode(ctx context.Context, application, registrationCode string) error {
	if _, err := d.Database.ExecContext(ctx, `UPDATE issuances SET code = ? WHERE application = ?`, registrationCode, application); err != nil {
		return fmt.Errorf("issuance: store code: %w", err)
	}
	return nil
}

// openApplications lists the issuances whose code is not known or whose slip is
// not anchored.
func (d *Desk) openApplications(ctx context.Context) ([]string, error) {
	rows, err := d.Database.QueryContext(ctx, `
		SELECT application FROM issuances
		WHERE code IS NULL OR NOT EXISTS (SELECT 1 FROM slips WHERE slips.code = issuances.code)
		   OR EXISTS (SELECT 1 FROM slips WHERE slips.code = issuances.code AND anchored = 0)
		ORDER BY created_at, application`)
	if err != nil {
		return nil, fmt.Errorf("issuance: list open: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	var open []string
	for rows.Next() {
		var application string
		if err := rows.Scan(&application); err != nil {
			return nil, fmt.Errorf("issuance: list open: %w", err)
		}
		open = append(open, application)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("issuance: list open: %w", err)
	}
	return open, nil
}

// storedSlip is a slip as the database keeps it.
type storedSlip struct {
	signed   artefact.SignedSlip
	digest   string
	anchored bool
}

func (d *Desk) storedSlip(ctx context.Context, registrationCode string, version int) (*storedSlip, error) {
	var sealed string
	var found storedSlip
	err := d.Database.QueryRowContext(ctx, `SELECT sealed_slip, digest, anchored FROM slips WHERE code = ? AND version = ?`, registrationCode, version).
		Scan(&sealed, &found.digest, &found.anchored)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("issuance: read slip: %w", err)
	}
	content, err := d.Sealer.Open(ctx, sealed, slipContext(registrationCode, version))
	if err != nil {
		return nil, fmt.Errorf("issuance: open slip: %w", err)
	}
	found.signed, err = artefact.ParseSlip(content)
	if err != nil {
		return nil, fmt.Errorf("issuance: stored slip of %s: %w", registrationCode, err)
	}
	return &found, nil
}

// storeSlip keeps a signed slip; the first one stored for a version stays.
func (d *Desk) storeSlip(ctx context.Context, signed artefact.SignedSlip) (*storedSlip, error) {
	content, err := signed.Bytes()
	if err != nil {
		return nil, err
	}
	digest, err := signed.Slip.Digest()
	if err != nil {
		return nil, err
	}
	sealed, err := d.Sealer.Seal(ctx, content, slipContext(signed.Slip.Code, signed.Slip.Version))
	if err != nil {
		return nil, fmt.Errorf("issuance: seal slip: %w", err)
	}
	_, err = d.Database.ExecContext(ctx, `
		INSERT INTO slips (code, version, digest, sealed_slip, created_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (code, version) DO NOTHING`,
		signed.Slip.Code, signed.Slip.Version, digest, sealed, database.Stamp(d.Clock()))
	if err != nil {
		return nil, fmt.Errorf("issuance: store slip: %w", err)
	}
	stored, err := d.storedSlip(ctx, signed.Slip.Code, signed.Slip.Version)
	if err == nil && stored == nil {
		err = errors.New("issuance: the slip just stored is gone")
	}
	return stored, err
}

func (d *Desk) markAnchored(ctx context.Context, slip artefact.Slip) error {
	if _, err := d.Database.ExecContext(ctx, `UPDATE slips SET anchored = 1 WHERE code = ? AND version = ?`, slip.Code, slip.Version); err != nil {
		return fmt.Errorf("issuance: mark slip: %w", err)
	}
	return nil
}

func queryCodeContext(application string) string { return "query-code/" + application }

func slipContext(registrationCode string, version int) string {
	return fmt.Sprintf("slip/%s/%d", registrationCode, version)
}

// Sealed are the columns of query codes and slips, which a new master key seals
// anew.
var Sealed = []database.Sealed{
	{Table: "issuances", Column: "sealed_query_code", Key: []string{"application"},
		Context: func(of []string) string { return queryCodeContext(of[0]) }},
	{Table: "slips", Column: "sealed_slip", Key: []string{"code", "version"},
		Context: func(of []string) string { return "slip/" + of[0] + "/" + of[1] }},
}

// crockford is the alphabet of the query code: 32 characters, so that one random
// byte gives one of them without bias.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const queryCodeLength = 16

// newQueryCode gives 80 random bits.
func newQueryCode() string {
	random := make([]byte, queryCodeLength)
	rand.Read(random)
	for i, b := range random {
		random[i] = crockford[b%32]
	}
	return string(random)
}

func newSalt() string {
	random := make([]byte, 16)
	rand.Read(random)
	return hex.EncodeToString(random)
}
