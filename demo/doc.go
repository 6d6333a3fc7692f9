// Package demo tells the story of registrations on the running network: each
// party logs in and works through the gateway's public API, with the files of
// fixtures/. It prints what happened, by which transaction, under which article.
// It only ever runs against a sandbox.
package demo
