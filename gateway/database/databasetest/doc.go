// Package databasetest gives tests databases of the gateway. The migrations run once
// per test binary: their files are parsed anew for each database otherwise, which is
// most of what a small test costs under the race detector.
package databasetest
