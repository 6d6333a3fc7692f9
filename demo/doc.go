// Package demo tells the story of registrations on the running network, a file for
// each chapter: each party logs in and works through the gateway's public API, with
// the files of fixtures/. It prints what happened, by which transaction, under which
// article, and what was refused and why. It only ever runs against a sandbox, whose
// clock it moves forward by some three years a telling: chapters that pass years
// come last, and a ledger takes about nine tellings before its clock is as far ahead
// as the sandbox allows.
package demo
