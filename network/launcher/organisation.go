package launcher

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hyperledger/fabric-gateway/pkg/identity"

	"dengji/network/authority"
	"dengji/network/channel"
	"dengji/network/layout"
)

// InitOrganisation makes the home of one organisation: its certificate
// authorities, and the keys of its admin and nodes. Nothing leaves the home.
func (n *Network) InitOrganisation(ctx context.Context) error {
	if err := n.checkKeeper(); err != nil {
		return err
	}
	return n.locked(ctx, func() error {
		if err := n.prepare(ctx); err != nil {
			return err
		}
		return n.progress.do(ctx, []step{
			{"certificate authorities serve", n.startCertificates},
			{"identities of nodes", n.obtainIdentities},
		})
	})
}

func (n *Network) startCertificates(ctx context.Context) error {
	return n.start(ctx, append(n.certificateNodes(), n.keeperNode()))
}

// checkKeeper refuses what only the home of one organisation can do.
func (n *Network) checkKeeper() error {
	o, ok := n.topology.Organisation(n.options.Organisation)
	if !ok {
		return fmt.Errorf("name the organisation with --org; %q is none of the topology's", n.options.Organisation)
	}
	if o.KeptBy != "" {
		return fmt.Errorf("the keys of %s are kept by %s: use its home", o.Name, o.KeptBy)
	}
	return nil
}

// Export gives the public material of this home, signed by its admin.
func (n *Network) Export() (channel.Signed, error) {
	if err := n.checkKeeper(); err != nil {
		return channel.Signed{}, err
	}
	export := channel.Export{Keeper: n.options.Organisation}
	for _, o := range n.kept() {
		bundle, err := n.ownBundle(o)
		if err != nil {
			return channel.Signed{}, fmt.Errorf("%w (run first: dengji network org init --org %s)", err, n.options.Organisation)
		}
		export.Bundles = append(export.Bundles, bundle)
	}
	return n.sign(export)
}

// sign signs a document as the admin of the home's organisation.
func (n *Network) sign(document any) (channel.Signed, error) {
	folder := n.home.Credential(n.options.Organisation, adminName)
	certificate, err := os.ReadFile(filepath.Join(folder, authority.CertificateFile))
	if err != nil {
		return channel.Signed{}, fmt.Errorf("launcher: %w", err)
	}
	keyPEM, err := os.ReadFile(filepath.Join(folder, authority.KeyFile))
	if err != nil {
		return channel.Signed{}, fmt.Errorf("launcher: %w", err)
	}
	key, err := identity.PrivateKeyFromPEM(keyPEM)
	if err != nil {
		return channel.Signed{}, fmt.Errorf("launcher: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return channel.Signed{}, errors.New("launcher: the admin's key cannot sign")
	}
	return channel.Sign(document, certificate, signer)
}

// Import takes the public material of another organisation, or our own. What was
// imported once cannot be replaced by something else.
func (n *Network) Import(signed channel.Signed) (channel.Export, error) {
	if err := n.checkKeeper(); err != nil {
		return channel.Export{}, err
	}
	export, err := channel.OpenExport(signed)
	if err != nil {
		return channel.Export{}, err
	}
	if err := n.checkExport(export); err != nil {
		return channel.Export{}, err
	}
	if known, err := n.readExport(export.Keeper); err == nil && known.Fingerprint() != signed.Fingerprint() {
		return channel.Export{}, fmt.Errorf("other material of %s was imported before (fingerprint %s)", export.Keeper, known.Fingerprint())
	}
	content, err := json.Marshal(signed)
	if err != nil {
		return channel.Export{}, fmt.Errorf("launcher: %w", err)
	}
	for _, bundle := range export.Bundles {
		if err := layout.Write(n.home.TLSRoot(bundle.Organisation), []byte(bundle.TLSRoot), 0o644); err != nil {
			return channel.Export{}, err
		}
	}
	return export, layout.Write(n.home.Bundle(export.Keeper), content, 0o644)
}

// checkExport refuses an export that speaks for organisations that its keeper
// does not keep.
func (n *Network) checkExport(export channel.Export) error {
	for _, bundle := range export.Bundles {
		o, known := n.topology.Organisation(bundle.Organisation)
		if !known || o.Keeper() != export.Keeper {
			return fmt.Errorf("the material of %s speaks for %s, whose keys it does not keep", export.Keeper, bundle.Organisation)
		}
		if bundle.Network != n.topology.Name || bundle.MSP != o.MSP {
			return fmt.Errorf("the material of %s is for network %q, MSP %q", bundle.Organisation, bundle.Network, bundle.MSP)
		}
	}
	return nil
}

func (n *Network) readExport(keeper string) (channel.Signed, error) {
	return ReadSigned(n.home.Bundle(keeper))
}

// bundles gives the bundles of all organisations, as imported.
func (n *Network) bundles() (map[string]channel.Bundle, error) {
	all := map[string]channel.Bundle{}
	for _, o := range n.topology.Organisations {
		signed, err := n.readExport(o.Keeper())
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("the material of %s was not imported yet", o.Keeper())
		}
		if err != nil {
			return nil, err
		}
		export, err := channel.OpenExport(signed)
		if err != nil {
			return nil, err
		}
		for _, bundle := range export.Bundles {
			all[bundle.Organisation] = bundle
		}
	}
	return all, nil
}

// ReadSigned reads a signed file.
func ReadSigned(path string) (channel.Signed, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return channel.Signed{}, fmt.Errorf("launcher: %w", err)
	}
	var signed channel.Signed
	if err := json.Unmarshal(content, &signed); err != nil {
		return channel.Signed{}, fmt.Errorf("launcher: %s: %w", path, err)
	}
	return signed, nil
}
