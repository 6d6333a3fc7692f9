package channel

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"

	fabricconfig "github.com/hyperledger/fabric-config/configtx"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"
)

// ErrForeignList refuses a revocation list that the organisation's own root has not
// signed: peers would not heed it.
var ErrForeignList = errors.New("channel: the revocation list is not signed by the organisation's certificate authority")

// mspValue is the key of an organisation's MSP in the channel's configuration.
const mspValue = "MSP"

// RevocationUpdate gives the configuration update (marshalled) that has the members
// of a channel refuse the certificates of a revocation list (PEM) of an
// organisation; nil where the configuration, given by its latest block, refuses
// exactly those already. The time of a list does not count: peers heed it whatever
// its age.
func RevocationUpdate(block *common.Block, mspID string, list []byte) ([]byte, error) {
	present, err := configurationOf(block)
	if err != nil {
		return nil, err
	}
	changed := fabricconfig.New(present.config)
	found, differs := false, false
	for _, group := range organisationGroups(changed.UpdatedConfig().GetChannelGroup(), mspID) {
		found = true
		here, err := putRevocations(group, list)
		if err != nil {
			return nil, fmt.Errorf("channel: %s: %w", mspID, err)
		}
		differs = differs || here
	}
	if !found {
		return nil, fmt.Errorf("channel: the configuration has no organisation %s", mspID)
	}
	if !differs {
		return nil, nil
	}
	update, err := changed.ComputeMarshaledUpdate(present.channel)
	if err != nil {
		return nil, fmt.Errorf("channel: %w", err)
	}
	return update, nil
}

// organisationGroups gives the places in which the configuration describes an
// organisation: as a member and, where it runs an orderer, as one that orders. They
// have to agree.
func organisationGroups(channel *common.ConfigGroup, mspID string) []*common.ConfigGroup {
	var groups []*common.ConfigGroup
	for _, part := range []string{fabricconfig.ApplicationGroupKey, fabricconfig.OrdererGroupKey} {
		if group := channel.GetGroups()[part].GetGroups()[mspID]; group != nil {
			groups = append(groups, group)
		}
	}
	return groups
}

// putRevocations reports whether it had to change something.
func putRevocations(group *common.ConfigGroup, list []byte) (bool, error) {
	value, found := group.GetValues()[mspValue]
	if !found {
		return false, errors.New("it has no MSP")
	}
	var outer msp.MSPConfig
	var inner msp.FabricMSPConfig
	if err := proto.Unmarshal(value.GetValue(), &outer); err != nil {
		return false, err
	}
	if err := proto.Unmarshal(outer.GetConfig(), &inner); err != nil {
		return false, err
	}
	if same, err := sameSerials(inner.GetRevocationList(), [][]byte{list}, inner.GetRootCerts()); err != nil || same {
		return false, err
	}
	inner.RevocationList = [][]byte{list}
	var err error
	if outer.Config, err = proto.Marshal(&inner); err != nil {
		return false, err
	}
	value.Value, err = proto.Marshal(&outer)
	return true, err
}

// sameSerials compares which certificates two sets of lists revoke.
func sameSerials(a, b, roots [][]byte) (bool, error) {
	left, err := serials(a, roots)
	if err != nil {
		return false, err
	}
	right, err := serials(b, roots)
	return maps.Equal(left, right), err
}

// serials gives the serial numbers of lists that one of the roots has signed.
func serials(lists, roots [][]byte) (map[string]bool, error) {
	found := map[string]bool{}
	for _, content := range lists {
		list, err := x509.ParseRevocationList(der(content))
		if err != nil {
			return nil, fmt.Errorf("revocation list: %w", err)
		}
		if !signedByOne(list, roots) {
			return nil, ErrForeignList
		}
		for _, entry := range list.RevokedCertificateEntries {
			found[entry.SerialNumber.String()] = true
		}
	}
	return found, nil
}

func signedByOne(list *x509.RevocationList, roots [][]byte) bool {
	for _, content := range roots {
		root, err := x509.ParseCertificate(der(content))
		if err == nil && bytes.Equal(root.SubjectKeyId, list.AuthorityKeyId) && list.CheckSignatureFrom(root) == nil {
			return true
		}
	}
	return false
}

// der unwraps PEM where it is PEM.
func der(content []byte) []byte {
	if block, _ := pem.Decode(content); block != nil {
		return block.Bytes
	}
	return content
}
