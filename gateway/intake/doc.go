// Package intake keeps what an objection of somebody without an account needs
// beside the ledger (Art. 23): the permit under which the evidence is uploaded
// while the objection is written, the key that tells objectors apart without
// naming them, and the tracking code by which an objection is followed. Of permits
// and codes only digests are kept.
package intake
