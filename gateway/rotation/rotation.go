package rotation

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"dengji/gateway/account"
	"dengji/gateway/database"
	"dengji/gateway/draft"
	"dengji/gateway/evidence"
	"dengji/gateway/evidence/resumable"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/intake"
	"dengji/gateway/invitation"
	"dengji/gateway/issuance"
	"dengji/gateway/objector"
	"dengji/gateway/shelf"
)

// Columns are all columns of the database that hold sealed secrets.
func Columns() []database.Sealed {
	own := []database.Sealed{account.Sealed, account.SealedEmail, draft.Sealed, invitation.Sealed, objector.Sealed, shelf.Sealed}
	return slices.Concat(own, issuance.Sealed, intake.Sealed)
}

// Summary counts what a rotation did.
type Summary struct {
	Files   int // whose data key was sealed anew
	Secrets int // of the database that were sealed anew
	Damaged int // files and secrets that cannot be opened
	Uploads int // unfinished uploads that are still under an older key
}

// Job is a rotation. It may be broken off and run again, and run beside gateways
// that use the same store, database and keys.
type Job struct {
	Store    *evidence.Store
	Uploads  *resumable.Uploads
	Database *sql.DB
	Sealer   sealing.Sealer
}

// maxPasses bounds how often Run looks for what a gateway has sealed meanwhile
// under the key before.
const maxPasses = 10

// Run goes over everything until nothing is left to seal anew.
func (j Job) Run(ctx context.Context) (Summary, error) {
	var total Summary
	for range maxPasses {
		pass, err := j.pass(ctx)
		total.Files += pass.Files
		total.Secrets += pass.Secrets
		total.Damaged = pass.Damaged
		if err != nil {
			return total, fmt.Errorf("rotation: %w", err)
		}
		if pass.Files+pass.Secrets == 0 {
			break
		}
	}
	var err error
	if total.Uploads, err = j.Uploads.UnderOlderKeys(ctx); err != nil {
		return total, fmt.Errorf("rotation: %w", err)
	}
	return total, nil
}

func (j Job) pass(ctx context.Context) (Summary, error) {
	var summary Summary
	for _, column := range Columns() {
		done, err := database.Reseal(ctx, j.Database, j.Sealer, column)
		summary.Secrets += done.Sealed
		summary.Damaged += done.Damaged
		if err != nil {
			return summary, err
		}
	}
	done, err := j.Store.Rotate(ctx)
	summary.Files = done.Sealed
	summary.Damaged += done.Damaged
	return summary, err
}
