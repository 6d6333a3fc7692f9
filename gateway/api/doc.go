// Package api is the REST interface under /api/v1: one table of operations from
// which both the routes and their OpenAPI description are made, one file per
// resource, and one form for every error. A handler authenticates, checks the
// form of what it is given, runs a transaction as the caller and hands the
// ledger's answer on; it decides nothing that the ledger decides.
package api
