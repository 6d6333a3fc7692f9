// Package sealing encrypts what Dengji keeps off the ledger with SM4-GCM (GB/T
// 32907): small secrets under a master key, and contents of any size under a data
// key of their own, in segments that are authenticated one by one. Every sealed
// form names its algorithm, so that another can be added.
package sealing
