package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/database"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/throttle"
	"dengji/network/profile"
)

// SessionLife is how long a session lasts after login.
const SessionLife = 12 * time.Hour

// Limits of failing logins. The pair of account and address is what a person who
// mistypes meets; the address stops one from trying many accounts, the account many
// from trying one.
var (
	addressLimit = throttle.Limit{Burst: 30, Pace: 2 * time.Second}
	pairLimit    = throttle.Limit{Burst: 5, Pace: 30 * time.Second}
	accountLimit = throttle.Limit{Burst: 50, Pace: 5 * time.Second}
)

// Directory keeps accounts and sessions. It is safe for concurrent use.
type Directory struct {
	database  *sql.DB
	sealer    sealing.Sealer
	costs     Costs
	clock     func() time.Time
	throttle  *throttle.Throttle
	decoyHash string // compared for unknown accounts, so that they take as long
}

// NewDirectory opens the accounts of a database. A password that was set under
// other costs is hashed anew when its owner logs in.
func NewDirectory(ctx context.Context, opened *sql.DB, sealer sealing.Sealer, costs Costs, clock func() time.Time) (*Directory, error) {
	decoy, err := costs.hash(ctx, NewToken())
	if err != nil {
		return nil, err
	}
	d := &Directory{database: opened, sealer: sealer, costs: costs, clock: clock, throttle: throttle.New(addressLimit, pairLimit, accountLimit), decoyHash: decoy}
	return d, d.nameOrganisations(ctx)
}

// Import takes over the accounts that the network launcher wrote. One whose
// certificate is known already is left as it is. It is for a sandbox only; the
// caller sees to that.
func (d *Directory) Import(ctx context.Context, accounts []profile.Account) error {
	for _, account := range accounts {
		certificate, err := os.ReadFile(account.Certificate)
		if err != nil {
			return fmt.Errorf("account: certificate of %s: %w", account.Name, err)
		}
		known, err := d.hasCertificate(ctx, account.Name, certificate)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		key, err := os.ReadFile(account.Key)
		if err != nil {
			return fmt.Errorf("account: key of %s: %w", account.Name, err)
		}
		if err := d.Put(ctx, account.Name, account.Label, account.Password, account.MSP, certificate, key); err != nil {
			return err
		}
	}
	return nil
}

func (d *Directory) hasCertificate(ctx context.Context, name string, certificate []byte) (bool, error) {
	var found int
	err := d.database.QueryRowContext(ctx, `SELECT COUNT(*) FROM accounts WHERE name = ? AND certificate = ?`, name, string(certificate)).Scan(&found)
	if err != nil {
		return false, fmt.Errorf("account: look up %s: %w", name, err)
	}
	return found == 1, nil
}

// Put creates an account, or gives an existing one a new password, certificate
// and key; its sessions end. Certificate and key are PEM and have to belong
// together. ACCOUNT_REVOKED where the account is.
func (d *Directory) Put(ctx context.Context, name string, label ledger.Text, password, msp string, certificatePEM, keyPEM []byte) error {
	wanted, err := d.Prepare(ctx, New{Name: name, Label: label, Password: password, MSP: msp, Certificate: certificatePEM, Key: keyPEM})
	if err != nil {
		return err
	}
	return database.InTransaction(ctx, d.database, func(transaction *sql.Tx) error { return d.store(ctx, transaction, wanted) })
}

func (d *Directory) store(ctx context.Context, transaction *sql.Tx, wanted Prepared) error {
	stored, err := wanted.insert(ctx, transaction, `DO UPDATE SET label_zh = excluded.label_zh, label_en = excluded.label_en,
		password_hash = excluded.password_hash, msp = excluded.msp, certificate = excluded.certificate, sealed_key = excluded.sealed_key,
		updated_at = excluded.updated_at, organisation = excluded.organisation WHERE revoked_at IS NULL`)
	if err != nil {
		return err
	}
	if !stored {
		return fault.New(fault.AccountRevoked, fault.Field("name"))
	}
	if _, err := transaction.ExecContext(ctx, `DELETE FROM sessions WHERE account = ?`, wanted.account.Name); err != nil {
		return fmt.Errorf("account: end sessions of %s: %w", wanted.account.Name, err)
	}
	return nil
}

// Find gives an account by its name: NOT_FOUND where there is none.
func (d *Directory) Find(ctx context.Context, name string) (Account, error) {
	var label ledger.Text
	var msp, certificate, sealed string
	var administrator bool
	row := d.database.QueryRowContext(ctx, `SELECT label_zh, label_en, msp, certificate, sealed_key, administrator FROM accounts WHERE name = ?`, name)
	err := row.Scan(&label.ZH, &label.EN, &msp, &certificate, &sealed, &administrator)
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, fault.New(fault.NotFound, fault.Field("account"))
	}
	if err != nil {
		return Account{}, fmt.Errorf("account: read %s: %w", name, err)
	}
	key, err := d.sealer.Open(ctx, sealed, keyContext(name))
	if err != nil {
		return Account{}, fmt.Errorf("account: open key of %s: %w", name, err)
	}
	found, err := bind(name, label, msp, []byte(certificate), key)
	found.Administrator = administrator
	return found, err
}

func keyContext(name string) string { return "account-key/" + name }

// Sealed is the column of the accounts' keys, which a new master key seals anew.
var Sealed = database.Sealed{Table: "accounts", Column: "sealed_key", Key: []string{"name"},
	Context: func(of []string) string { return keyContext(of[0]) }}
