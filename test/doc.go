// Package test holds the tests that run on a real four-organisation Fabric
// network with the real gateway in front of it. They are built with the tag
// integration; `make test` runs them.
package test
