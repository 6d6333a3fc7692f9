package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/database"
)

// New is an account that is to be made. Certificate and key are PEM.
type New struct {
	Name             string
	Label            ledger.Text
	Password         string
	MSP              string
	Certificate, Key []byte
	Administrator    bool
}

// Prepared is an account whose password is hashed and whose key is sealed, so that
// storing it is quick.
type Prepared struct {
	account           Account
	hash, sealed, pem string
	at                string
}

// Prepare makes ready what Create stores.
func (d *Directory) Prepare(ctx context.Context, wanted New) (Prepared, error) {
	if wanted.Name == "" || len(wanted.Name) > MaxName || wanted.Password == "" || len(wanted.Password) > MaxPassword {
		return Prepared{}, fault.New(fault.InvalidValue, fault.Field("name"), fault.Detail("name or password is empty or too long"))
	}
	account, err := bind(wanted.Name, wanted.Label, wanted.MSP, wanted.Certificate, wanted.Key)
	if err != nil {
		return Prepared{}, err
	}
	account.Administrator = wanted.Administrator
	if err := keyFits(account.Identity); err != nil {
		return Prepared{}, fmt.Errorf("account: key of %s: %w", wanted.Name, err)
	}
	hash, err := d.costs.hash(ctx, wanted.Password)
	if err != nil {
		return Prepared{}, err
	}
	sealed, err := d.sealer.Seal(ctx, wanted.Key, keyContext(wanted.Name))
	if err != nil {
		return Prepared{}, fmt.Errorf("account: seal key of %s: %w", wanted.Name, err)
	}
	return Prepared{account, hash, sealed, string(wanted.Certificate), database.Stamp(d.clock())}, nil
}

// insert reports whether a row was written, given what to do where there is one.
func (p Prepared) insert(ctx context.Context, transaction *sql.Tx, otherwise string) (bool, error) {
	result, err := transaction.ExecContext(ctx, `
		INSERT INTO accounts (name, label_zh, label_en, password_hash, msp, certificate, sealed_key, updated_at, organisation, administrator)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) `+otherwise,
		p.account.Name, p.account.Label.ZH, p.account.Label.EN, p.hash, p.account.Identity.MSP, p.pem, p.sealed, p.at,
		OrganisationOf(p.account.Actor), p.account.Administrator)
	if err != nil {
		return false, fmt.Errorf("account: store %s: %w", p.account.Name, err)
	}
	written, err := result.RowsAffected()
	return written == 1, err
}

// chosenName is the form of a name that people choose for themselves.
var chosenName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{2,63}$`)

// CheckChoice holds a name and a password that somebody chooses for an account to
// their forms: INVALID_VALUE, or ALREADY_EXISTS where the name is taken.
func (d *Directory) CheckChoice(ctx context.Context, name, password string) error {
	if !chosenName.MatchString(name) {
		return fault.New(fault.InvalidValue, fault.Field("account"))
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	var taken bool
	if err := d.database.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM accounts WHERE name = ?)`, name).Scan(&taken); err != nil {
		return fmt.Errorf("account: look up %s: %w", name, err)
	}
	if taken {
		return nameTaken()
	}
	return nil
}

func nameTaken() error { return fault.New(fault.AlreadyExists, fault.Field("account")) }

// Actor is who a prepared account acts as, by its certificate.
func (p Prepared) Actor() ledger.Actor { return p.account.Actor }

// Create stores a new account within a transaction of the caller's: ALREADY_EXISTS
// where its name is taken.
func (p Prepared) Create(ctx context.Context, transaction *sql.Tx) error {
	stored, err := p.insert(ctx, transaction, `DO NOTHING`)
	if err == nil && !stored {
		return nameTaken()
	}
	return err
}

// nameOrganisations notes for accounts of older releases whom they act for.
func (d *Directory) nameOrganisations(ctx context.Context) error {
	for {
		var name, msp, certificate string
		err := d.database.QueryRowContext(ctx, `SELECT name, msp, certificate FROM accounts WHERE organisation IS NULL LIMIT 1`).Scan(&name, &msp, &certificate)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("account: organisations: %w", err)
		}
		actor, _, err := actorOfPEM(msp, certificate)
		if err != nil {
			return fmt.Errorf("account: certificate of %s: %w", name, err)
		}
		if _, err := d.database.ExecContext(ctx, `UPDATE accounts SET organisation = ? WHERE name = ?`, OrganisationOf(actor), name); err != nil {
			return fmt.Errorf("account: organisation of %s: %w", name, err)
		}
	}
}
