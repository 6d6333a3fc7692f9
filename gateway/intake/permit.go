package intake

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"dengji/chaincode/fault"
	"dengji/gateway/database"
	"dengji/gateway/evidence/resumable"
)

// Subjects of a permit: the application that is objected to, or the objection that
// is supplied with more.
const (
	subjectApplication = "application/"
	subjectObjection   = "objection/"
)

// Permit lets its holder upload files for one objection, and hand that in once.
type Permit struct {
	Text    string // the secret itself
	Expires time.Time
	subject string
}

// Application gives what is objected to: PERMIT_INVALID for a permit to supply an
// objection with more.
func (p Permit) Application() (string, error) { return p.of(subjectApplication) }

// Objection gives what is supplied with more: PERMIT_INVALID for a permit to object.
func (p Permit) Objection() (string, error) { return p.of(subjectObjection) }

func (p Permit) of(kind string) (string, error) {
	id, is := strings.CutPrefix(p.subject, kind)
	if !is {
		return "", fault.New(fault.PermitInvalid)
	}
	return id, nil
}

func (p Permit) owner() string { return "intake/" + digest(p.Text) }

// ForApplication makes a permit to object to an application.
func (d *Desk) ForApplication(ctx context.Context, id string) (Permit, error) {
	return d.permit(ctx, subjectApplication+id)
}

// ForObjection makes a permit to supply an objection with more.
func (d *Desk) ForObjection(ctx context.Context, id string) (Permit, error) {
	return d.permit(ctx, subjectObjection+id)
}

func (d *Desk) permit(ctx context.Context, subject string) (Permit, error) {
	made := Permit{Text: rand.Text(), Expires: d.clock().Add(PermitLife), subject: subject}
	_, err := d.database.ExecContext(ctx, `INSERT INTO intake_permits (permit_digest, subject, expires_at) VALUES (?, ?, ?)`,
		digest(made.Text), subject, database.Stamp(made.Expires))
	if err != nil {
		return Permit{}, fmt.Errorf("intake: permit: %w", err)
	}
	return made, nil
}

// Permit finds a permit that is neither used nor over: PERMIT_INVALID otherwise.
func (d *Desk) Permit(ctx context.Context, text string) (Permit, error) {
	found := Permit{Text: text}
	var expires string
	err := d.database.QueryRowContext(ctx, `SELECT subject, expires_at FROM intake_permits WHERE permit_digest = ? AND taken_at IS NULL AND expires_at > ?`,
		digest(text), database.Stamp(d.clock())).Scan(&found.subject, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return Permit{}, fault.New(fault.PermitInvalid)
	}
	if err == nil {
		found.Expires, err = time.Parse(time.RFC3339, expires)
	}
	if err != nil {
		return Permit{}, fmt.Errorf("intake: permit: %w", err)
	}
	return found, nil
}

// Take uses a permit: of several who do so at once, one does, the others get
// PERMIT_INVALID.
func (d *Desk) Take(ctx context.Context, p Permit) error {
	result, err := d.database.ExecContext(ctx, `UPDATE intake_permits SET taken_at = ? WHERE permit_digest = ? AND taken_at IS NULL`,
		database.Stamp(d.clock()), digest(p.Text))
	if err := database.Changed(result, err, fault.New(fault.PermitInvalid)); err != nil {
		return fmt.Errorf("intake: permit: %w", err)
	}
	return nil
}

// GiveBack lets a permit be used again whose objection was not taken.
func (d *Desk) GiveBack(ctx context.Context, p Permit) error {
	_, err := d.database.ExecContext(ctx, `UPDATE intake_permits SET taken_at = NULL WHERE permit_digest = ?`, digest(p.Text))
	if err != nil {
		return fmt.Errorf("intake: permit: %w", err)
	}
	return nil
}

// File is one that waits to be handed in.
type File struct {
	Name   string
	Size   int64  // bytes
	CID    string // "" until it is stored and anchored
	upload string
}

// Add keeps a file under a permit. It fails with TOO_MANY_ITEMS, FILE_TOO_LARGE,
// INVALID_VALUE (an empty file), or as the uploads do.
func (d *Desk) Add(ctx context.Context, p Permit, name string, content io.Reader) error {
	if err := d.room(ctx, p); err != nil {
		return err
	}
	upload, size, err := d.uploads.Keep(ctx, p.owner(), content, MaxFile)
	if err != nil {
		return err
	}
	sealed, err := d.sealer.Seal(ctx, []byte(name), fileContext(digest(p.Text), upload))
	if err == nil {
		err = d.insert(ctx, p, upload, sealed, size)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("intake: file: %w", err), d.uploads.Discard(ctx, p.owner(), upload))
	}
	return nil
}

func tooMany() error {
	return fault.New(fault.TooManyItems, fault.Field("evidence"), fault.Value("max", strconv.Itoa(MaxFiles)))
}

// room refuses a file too many before it is read; insert decides.
func (d *Desk) room(ctx context.Context, p Permit) error {
	files, err := d.Files(ctx, p)
	if err == nil && len(files) >= MaxFiles {
		return tooMany()
	}
	return err
}

// insert keeps the count in one statement, so that uploads at once cannot pass it.
func (d *Desk) insert(ctx context.Context, p Permit, upload, sealed string, size int64) error {
	result, err := d.database.ExecContext(ctx, `
		INSERT INTO intake_files (permit_digest, upload, sealed_name, size) SELECT ?1, ?2, ?3, ?4
		WHERE (SELECT COUNT(*) FROM intake_files WHERE permit_digest = ?1) < ?5
			AND EXISTS (SELECT 1 FROM intake_permits WHERE permit_digest = ?1 AND taken_at IS NULL)`,
		digest(p.Text), upload, sealed, size, MaxFiles)
	return database.Changed(result, err, tooMany())
}

// Files lists what was uploaded under a permit.
func (d *Desk) Files(ctx context.Context, p Permit) ([]File, error) {
	rows, err := d.database.QueryContext(ctx, `SELECT upload, sealed_name, size, cid FROM intake_files WHERE permit_digest = ? ORDER BY rowid`, digest(p.Text))
	if err != nil {
		return nil, fmt.Errorf("intake: files: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	files := []File{}
	for rows.Next() {
		var file File
		var sealed string
		if err := rows.Scan(&file.upload, &sealed, &file.Size, &file.CID); err != nil {
			return nil, fmt.Errorf("intake: files: %w", err)
		}
		name, err := d.sealer.Open(ctx, sealed, fileContext(digest(p.Text), file.upload))
		if err != nil {
			return nil, fmt.Errorf("intake: name of a file: %w", err)
		}
		file.Name = string(name)
		files = append(files, file)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("intake: files: %w", err)
	}
	return files, nil
}

// Store hands a file to where evidence is kept, unless that is done, and gives its
// CID. A file in which malware is found is dropped.
func (d *Desk) Store(ctx context.Context, p Permit, file File, store func(io.Reader) (cid string, err error)) (string, error) {
	if file.CID != "" {
		return file.CID, nil
	}
	err := d.uploads.Complete(ctx, p.owner(), file.upload, func(finished resumable.Finished) error {
		var err error
		if file.CID, err = store(finished.Content); err != nil {
			return err
		}
		_, err = d.database.ExecContext(ctx, `UPDATE intake_files SET cid = ? WHERE permit_digest = ? AND upload = ?`, file.CID, digest(p.Text), file.upload)
		return err
	})
	if fault.CodeOf(err) == fault.MalwareFound {
		return "", errors.Join(err, d.drop(ctx, digest(p.Text), p.owner(), file))
	}
	return file.CID, err
}

func (d *Desk) drop(ctx context.Context, permit, owner string, file File) error {
	if file.CID == "" {
		if err := d.uploads.Discard(ctx, owner, file.upload); err != nil {
			return err
		}
	}
	if _, err := d.database.ExecContext(ctx, `DELETE FROM intake_files WHERE permit_digest = ? AND upload = ?`, permit, file.upload); err != nil {
		return fmt.Errorf("intake: file: %w", err)
	}
	return nil
}

// End forgets a permit with all files that were not handed in.
func (d *Desk) End(ctx context.Context, p Permit) error { return d.end(ctx, digest(p.Text)) }

func (d *Desk) end(ctx context.Context, permit string) error {
	uploads, err := d.texts(ctx, `SELECT upload FROM intake_files WHERE permit_digest = ? AND cid = ''`, permit)
	if err != nil {
		return err
	}
	for _, upload := range uploads {
		if err := d.drop(ctx, permit, "intake/"+permit, File{upload: upload}); err != nil {
			return err
		}
	}
	return database.InTransaction(ctx, d.database, func(writing *sql.Tx) error {
		for _, statement := range []string{`DELETE FROM intake_files WHERE permit_digest = ?`, `DELETE FROM intake_permits WHERE permit_digest = ?`} {
			if _, err := writing.ExecContext(ctx, statement, permit); err != nil {
				return fmt.Errorf("intake: permit: %w", err)
			}
		}
		return nil
	})
}

// Sweep forgets permits that have expired, with their files.
func (d *Desk) Sweep(ctx context.Context) error {
	over, err := d.texts(ctx, `SELECT permit_digest FROM intake_permits WHERE expires_at <= ?`, database.Stamp(d.clock()))
	for _, permit := range over {
		err = errors.Join(err, d.end(ctx, permit))
	}
	return err
}

func (d *Desk) texts(ctx context.Context, query, of string) ([]string, error) {
	rows, err := d.database.QueryContext(ctx, query, of)
	if err != nil {
		return nil, fmt.Errorf("intake: read: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("intake: read: %w", err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("intake: read: %w", err)
	}
	return list, nil
}
