package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync/atomic"
)

var errInjected = errors.New("injected fault")

// faults makes the n-th operation on a database fail, in one of several ways. It
// then stays harmless until it is armed again.
type faults struct {
	left   atomic.Int64
	manner atomic.Int64
	cancel atomic.Pointer[context.CancelFunc]
}

// Manners of failing.
const (
	failBefore = iota // the operation is not done
	failAfter         // it is done, but the answer is lost
	cancelled         // the caller gives up meanwhile
	manners
)

func (f *faults) arm(operations, manner int, cancel context.CancelFunc) {
	f.manner.Store(int64(manner))
	f.cancel.Store(&cancel)
	f.left.Store(int64(operations))
}

func (f *faults) fired() bool { return f.left.Load() <= 0 }

// around runs an operation, and fails it when it is its turn.
func (f *faults) around(operation func() error) error {
	if f.left.Add(-1) != 0 {
		return operation()
	}
	switch f.manner.Load() {
	case failBefore:
		return errInjected
	case failAfter:
		return errors.Join(operation(), errInjected)
	default:
		(*f.cancel.Load())()
		return operation()
	}
}

// through opens a database again, with the faults in between.
func (f *faults) through(database *sql.DB, dsn string) *sql.DB {
	wrapped := sql.OpenDB(&faultyConnector{driver: database.Driver(), dsn: dsn, faults: f})
	wrapped.SetMaxOpenConns(1)
	return wrapped
}

type faultyConnector struct {
	driver driver.Driver
	dsn    string
	faults *faults
}

func (c *faultyConnector) Driver() driver.Driver { return c.driver }

func (c *faultyConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if opener, ok := c.driver.(driver.DriverContext); ok {
		connector, err := opener.OpenConnector(c.dsn)
		if err != nil {
			return nil, err
		}
		opened, err := connector.Connect(ctx)
		return &faultyConn{opened, c.faults}, err
	}
	opened, err := c.driver.Open(c.dsn)
	return &faultyConn{opened, c.faults}, err
}

type faultyConn struct {
	driver.Conn
	faults *faults
}

func (c *faultyConn) CheckNamedValue(value *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(value)
	}
	return driver.ErrSkip
}

func (c *faultyConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	var begun driver.Tx
	err := c.faults.around(func() error {
		made, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, options)
		if err == nil {
			begun = made // a failure leaves a nil pointer in the interface
		}
		return err
	})
	if err != nil && begun != nil {
		err = errors.Join(err, begun.Rollback())
	}
	if err != nil {
		return nil, err
	}
	return &faultyTx{begun, c.faults}, nil
}

func (c *faultyConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	prepared, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	return &faultyStmt{prepared, c.faults}, err
}

func (c *faultyConn) ExecContext(ctx context.Context, query string, values []driver.NamedValue) (result driver.Result, err error) {
	err = c.faults.around(func() (err error) {
		result, err = c.Conn.(driver.ExecerContext).ExecContext(ctx, query, values)
		return err
	})
	return result, err
}

func (c *faultyConn) QueryContext(ctx context.Context, query string, values []driver.NamedValue) (driver.Rows, error) {
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, values)
}

type faultyStmt struct {
	driver.Stmt
	faults *faults
}

func (s *faultyStmt) ExecContext(ctx context.Context, values []driver.NamedValue) (result driver.Result, err error) {
	err = s.faults.around(func() (err error) {
		result, err = s.Stmt.(driver.StmtExecContext).ExecContext(ctx, values)
		return err
	})
	return result, err
}

func (s *faultyStmt) QueryContext(ctx context.Context, values []driver.NamedValue) (driver.Rows, error) {
	return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, values)
}

type faultyTx struct {
	driver.Tx
	faults *faults
}

// Commit that is not done leaves nothing behind, as when the connection is lost.
func (t *faultyTx) Commit() error {
	done := false
	err := t.faults.around(func() error { done = true; return t.Tx.Commit() })
	if !done {
		err = errors.Join(err, t.Rollback())
	}
	return err
}
