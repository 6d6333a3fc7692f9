package intake

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/gateway/database"
	"dengji/gateway/evidence/resumable"
	"dengji/gateway/evidence/sealing"
)

// Limits of what somebody without an account hands in.
const (
	MaxFiles   = 5
	MaxFile    = 10 << 20 // bytes of one file
	PermitLife = 2 * time.Hour
	// SweepEvery is how often what was not handed in is removed.
	SweepEvery = 15 * time.Minute
)

// Uploads keeps the files until they are handed in. Implementations MUST be safe
// for concurrent use.
type Uploads interface {
	Keep(ctx context.Context, owner string, content io.Reader, limit int64) (id string, size int64, err error)
	Complete(ctx context.Context, owner, id string, use func(resumable.Finished) error) error
	Discard(ctx context.Context, owner, id string) error
}

// Desk keeps permits, their files, and tracking codes. It is safe for concurrent
// use.
type Desk struct {
	database *sql.DB
	sealer   sealing.Sealer
	uploads  Uploads
	clock    func() time.Time
}

// New makes a Desk.
func New(opened *sql.DB, sealer sealing.Sealer, uploads Uploads, clock func() time.Time) *Desk {
	return &Desk{database: opened, sealer: sealer, uploads: uploads, clock: clock}
}

// digest is what is kept of a random secret; 125 bits and more need no salt.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// keyName names the one key of the desk.
const keyName = "guests"

// Guest tells objectors apart to the ledger: a keyed digest of who objects to what
// and why. The same objection of one person has the same one, so that it is taken
// once; nobody can guess a person from it, and nobody who merely knows another's
// name and number can take that person's place.
func (d *Desk) Guest(ctx context.Context, parts ...string) (string, error) {
	key, err := d.key(ctx)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sm3.New, key)
	for _, part := range parts {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	return canonical.DigestPrefix + hex.EncodeToString(mac.Sum(nil)), nil
}

// key gives the desk's key, made the first time.
func (d *Desk) key(ctx context.Context) ([]byte, error) {
	fresh := make([]byte, sm3.Size)
	rand.Read(fresh)
	sealed, err := d.sealer.Seal(ctx, fresh, keyContext(keyName))
	if err != nil {
		return nil, fmt.Errorf("intake: seal key: %w", err)
	}
	if _, err := d.database.ExecContext(ctx, `INSERT INTO intake_keys (name, sealed_key) VALUES (?, ?) ON CONFLICT DO NOTHING`, keyName, sealed); err != nil {
		return nil, fmt.Errorf("intake: store key: %w", err)
	}
	if err := d.database.QueryRowContext(ctx, `SELECT sealed_key FROM intake_keys WHERE name = ?`, keyName).Scan(&sealed); err != nil {
		return nil, fmt.Errorf("intake: read key: %w", err)
	}
	key, err := d.sealer.Open(ctx, sealed, keyContext(keyName))
	if err != nil {
		return nil, fmt.Errorf("intake: open key: %w", err)
	}
	return key, nil
}

// A tracking code is 25 characters of base 32 in groups of five: 125 random bits.
const (
	codeLength = 25
	codeGroup  = 5
)

// IssueCode gives an objection its tracking code, durably: it is shown now and
// never again. ALREADY_EXISTS where the objection has one.
func (d *Desk) IssueCode(ctx context.Context, objection string) (string, error) {
	code := rand.Text()[:codeLength]
	result, err := d.database.ExecContext(ctx, `INSERT INTO intake_codes (code_digest, objection, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		digest(code), objection, database.Stamp(d.clock()))
	if err := database.Changed(result, err, fault.New(fault.AlreadyExists)); err != nil {
		return "", fmt.Errorf("intake: tracking code: %w", err)
	}
	return grouped(code), nil
}

func grouped(code string) string {
	var groups []string
	for ; len(code) > codeGroup; code = code[codeGroup:] {
		groups = append(groups, code[:codeGroup])
	}
	return strings.Join(append(groups, code), "-")
}

// plain reads a code as people type it: in either case, with or without hyphens,
// with digits for the letters that look like them. Its own alphabet has neither 0
// nor 1.
var plain = strings.NewReplacer("-", "", " ", "", "0", "O", "1", "I")

// Objection gives the objection of a tracking code: TRACKING_CODE_UNKNOWN where
// there is none.
func (d *Desk) Objection(ctx context.Context, code string) (string, error) {
	const longest = 64
	if len(code) > longest {
		return "", fault.New(fault.TrackingCodeUnknown)
	}
	var objection string
	err := d.database.QueryRowContext(ctx, `SELECT objection FROM intake_codes WHERE code_digest = ?`,
		digest(plain.Replace(strings.ToUpper(strings.TrimSpace(code))))).Scan(&objection)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fault.New(fault.TrackingCodeUnknown)
	}
	if err != nil {
		return "", fmt.Errorf("intake: tracking code: %w", err)
	}
	return objection, nil
}

func keyContext(name string) string { return "intake-key/" + name }

func fileContext(permit, upload string) string { return "intake-file/" + permit + "/" + upload }

// Sealed are the columns that a new master key seals anew.
var Sealed = []database.Sealed{
	{Table: "intake_keys", Column: "sealed_key", Key: []string{"name"}, Context: func(of []string) string { return keyContext(of[0]) }},
	{Table: "intake_files", Column: "sealed_name", Key: []string{"permit_digest", "upload"},
		Context: func(of []string) string { return fileContext(of[0], of[1]) }},
}
