package verify_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/slip"
	"dengji/verify"
)

func BenchmarkVerifySlipWithAttestation(b *testing.B) {
	s := holding(b, ledger.ModeProduction)
	for b.Loop() {
		require.Equal(b, verify.Valid, verify.Verify(s.document, s.options).Verdict)
	}
	b.ReportMetric(float64(len(s.document)), "slip-bytes")
	b.ReportMetric(float64(len(s.attestation)), "attestation-bytes")
}

func BenchmarkVerifyPDFWithAttestation(b *testing.B) {
	s := holding(b, ledger.ModeProduction)
	content, err := slip.Print(context.Background(), s.signed, proofOf(b, s), s.network.Signer)
	require.NoError(b, err)
	for b.Loop() {
		require.Equal(b, verify.Valid, verify.Verify(content, s.options).Verdict)
	}
	b.ReportMetric(float64(len(content)), "pdf-bytes")
}

func BenchmarkPrintSlip(b *testing.B) {
	s := holding(b, ledger.ModeProduction)
	proof := proofOf(b, s)
	for b.Loop() {
		_, err := slip.Print(context.Background(), s.signed, proof, s.network.Signer)
		require.NoError(b, err)
	}
}

func BenchmarkVerifyCompactProof(b *testing.B) {
	s := holding(b, ledger.ModeProduction)
	proof := proofOf(b, s)
	for b.Loop() {
		require.Equal(b, verify.Authentic, verify.Proof(proof, s.options).Verdict)
	}
	b.ReportMetric(float64(len(proof)), "characters")
}
