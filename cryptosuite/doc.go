// Package cryptosuite is the one place that chooses national cryptography: SM2
// (GB/T 32918), SM3 (GB/T 32905) and SM4 (GB/T 32907), the algorithm ids that
// every artefact carries so that a later algorithm can be added, the signer of
// confirmation slips behind an interface that a key service can implement, and
// the certificate authority that such a signer's certificate comes from. It knows
// nothing of the ledger or of Fabric.
package cryptosuite
