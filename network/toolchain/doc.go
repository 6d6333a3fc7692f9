// Package toolchain provides the Fabric binaries: it builds them once from the
// module that pins their versions, into a cache that every network of this user
// shares, or takes a folder of prebuilt ones.
package toolchain
