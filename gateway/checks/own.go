package checks

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
)

// Certificate is one that the gateway works with.
type Certificate struct {
	Name     string // one of few
	NotAfter time.Time
}

// CertificateOf gives the first of a chain to run out.
func CertificateOf(name string, chain ...*x509.Certificate) Certificate {
	made := Certificate{Name: name}
	for _, each := range chain {
		if made.NotAfter.IsZero() || each.NotAfter.Before(made.NotAfter) {
			made.NotAfter = each.NotAfter
		}
	}
	return made
}

// renewBefore is how long before its end a certificate has to be renewed.
const renewBefore = 30 * 24 * time.Hour

// OfCertificates looks which certificates run out.
func OfCertificates(all []Certificate, clock func() time.Time, registry prometheus.Registerer) Check {
	ends := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "dengji_certificate_expiry_timestamp_seconds", Help: "When a certificate that the gateway works with runs out."}, []string{"certificate"})
	registry.MustRegister(ends)
	for _, each := range all {
		ends.WithLabelValues(each.Name).Set(float64(each.NotAfter.Unix()))
	}
	return Check{Certificates, func(context.Context) (found []Finding, err error) {
		for _, each := range all {
			if left := each.NotAfter.Sub(clock()); left < renewBefore {
				day := each.NotAfter.UTC().Format(time.DateOnly)
				found = append(found, one(each.Name, "证书 %s 的有效期至 %s。", "The certificate %s is valid until %s.", each.Name, day)...)
			}
		}
		return found, nil
	}}
}

// OfRevocations looks whether certificate authorities know which accounts are revoked.
func OfRevocations(pending func(context.Context) (int, error), registry prometheus.Registerer) Check {
	waiting := prometheus.NewGauge(prometheus.GaugeOpts{Name: "dengji_revocations_pending", Help: "Revoked accounts whose certificate the connected authority has not revoked yet."})
	registry.MustRegister(waiting)
	return Check{Revocations, func(ctx context.Context) ([]Finding, error) {
		count, err := pending(ctx)
		if err != nil {
			return nil, err
		}
		waiting.Set(float64(count))
		if count == 0 {
			return nil, nil
		}
		return one("pending", "%d 个已吊销账号的证书尚未被证书机构吊销。", "Revoked accounts whose certificate the authority has not revoked yet: %d.", count), nil
	}}
}

// leastFree is the share of the disk that has to be free.
const leastFree = 0.10

// OfDisk looks how much of the disk of a folder is left.
func OfDisk(folder string, registry prometheus.Registerer) Check {
	free := prometheus.NewGauge(prometheus.GaugeOpts{Name: "dengji_disk_free_bytes", Help: "What the gateway may still write on the disk of its home."})
	size := prometheus.NewGauge(prometheus.GaugeOpts{Name: "dengji_disk_size_bytes", Help: "Size of that disk."})
	registry.MustRegister(free, size)
	return Check{Disk, func(context.Context) ([]Finding, error) {
		var disk unix.Statfs_t
		if err := unix.Statfs(folder, &disk); err != nil {
			return nil, fmt.Errorf("checks: disk of %s: %w", folder, err)
		}
		left, all := float64(disk.Bavail)*float64(disk.Bsize), float64(disk.Blocks)*float64(disk.Bsize)
		free.Set(left)
		size.Set(all)
		return nearlyFull(left, all), nil
	}}
}

func nearlyFull(left, all float64) []Finding {
	if left >= leastFree*all {
		return nil
	}
	const megabyte = 1 << 20
	return one("full", "磁盘只剩 %.0f MB（%.0f%%）。", "The disk has %.0f MB left (%.0f%%).", left/megabyte, 100*left/all)
}
