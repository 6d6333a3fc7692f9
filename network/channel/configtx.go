package channel

import (
	"fmt"
	"path/filepath"
	"strings"

	"dengji/network/topology"
)

const profileName = "Registration"

// configtx gives the document from which configtxgen makes the genesis block.
// folder holds the certificates of the bundles (writeMaterial).
func configtx(t *topology.Topology, folder string) map[string]any {
	var ordering, application []any
	for _, organisation := range t.Organisations {
		application = append(application, applicationOrganisation(t, folder, organisation))
		if len(organisation.Orderers) > 0 {
			ordering = append(ordering, orderingOrganisation(t, folder, organisation))
		}
	}
	return map[string]any{"Profiles": map[string]any{profileName: map[string]any{
		"Policies":     metaPolicies(),
		"Capabilities": map[string]any{"V3_0": true},
		"Orderer":      orderer(t, folder, ordering),
		"Application": map[string]any{
			"Organizations": application,
			"Capabilities":  map[string]any{"V2_5": true},
			"Policies": map[string]any{
				"Readers":              implicit("ANY Readers"),
				"Writers":              implicit("ANY Writers"),
				"Admins":               majority(t, "admin"),
				"LifecycleEndorsement": majority(t, "peer"),
				"Endorsement":          majority(t, "peer"),
			},
		},
	}}}
}

func orderer(t *topology.Topology, folder string, organisations []any) map[string]any {
	o := t.Ordering
	return map[string]any{
		"OrdererType":  "BFT",
		"BatchTimeout": o.BatchTimeout,
		"BatchSize": map[string]any{
			"MaxMessageCount": o.MaxMessageCount, "AbsoluteMaxBytes": o.AbsoluteMaxBytes, "PreferredMaxBytes": o.PreferredMaxBytes,
		},
		"SmartBFT":         smartBFT(o),
		"ConsenterMapping": consenters(t, folder),
		"Organizations":    organisations,
		"Capabilities":     map[string]any{"V2_0": true},
		// Replaced by a quorum of the consenters in a BFT channel.
		"Policies": with(metaPolicies(), "BlockValidation", implicit("ANY Writers")),
	}
}

// smartBFT keeps failover within seconds: a dead leader is noticed by its missing
// heartbeat. Requests may take longer before others forward them or complain:
// megabyte-sized batches that queue up would only be sent twice.
func smartBFT(o topology.Ordering) map[string]any {
	return map[string]any{
		"RequestBatchMaxCount":      o.MaxMessageCount,
		"RequestBatchMaxBytes":      o.AbsoluteMaxBytes,
		"RequestBatchMaxInterval":   o.BatchTimeout,
		"RequestForwardTimeout":     "5s",
		"RequestComplainTimeout":    "20s",
		"RequestAutoRemoveTimeout":  "3m",
		"ViewChangeResendInterval":  "2s",
		"ViewChangeTimeout":         "10s",
		"LeaderHeartbeatTimeout":    "8s",
		"LeaderHeartbeatCount":      10,
		"CollectTimeout":            "1s",
		"IncomingMessageBufferSize": 2000,
		"RequestPoolSize":           4 * o.MaxMessageCount,
	}
}

func consenters(t *topology.Topology, folder string) []any {
	var mapping []any
	for _, organisation := range t.Organisations {
		for _, orderer := range organisation.Orderers {
			mapping = append(mapping, map[string]any{
				"ID": len(mapping) + 1, "Host": t.HostAddress(orderer.Host), "Port": orderer.Port, "MSPID": organisation.MSP,
				"Identity":      filepath.Join(folder, orderer.Name, "identity.pem"),
				"ClientTLSCert": filepath.Join(folder, orderer.Name, "tls.pem"),
				"ServerTLSCert": filepath.Join(folder, orderer.Name, "tls.pem"),
			})
		}
	}
	return mapping
}

func orderingOrganisation(t *topology.Topology, folder string, o topology.Organisation) map[string]any {
	var endpoints []string
	for _, orderer := range o.Orderers {
		endpoints = append(endpoints, t.Endpoint(orderer.Host, orderer.Port))
	}
	organisation := baseOrganisation(folder, o)
	organisation["OrdererEndpoints"] = endpoints
	return organisation
}

func applicationOrganisation(t *topology.Topology, folder string, o topology.Organisation) map[string]any {
	organisation := baseOrganisation(folder, o)
	var anchors []any
	for _, peer := range o.Peers {
		anchors = append(anchors, map[string]any{"Host": t.HostAddress(peer.Host), "Port": peer.Port})
	}
	if len(anchors) > 0 {
		organisation["AnchorPeers"] = anchors
	}
	return organisation
}

func baseOrganisation(folder string, o topology.Organisation) map[string]any {
	rule := func(kinds ...string) map[string]any {
		principals := make([]string, len(kinds))
		for i, kind := range kinds {
			principals[i] = fmt.Sprintf("'%s.%s'", o.MSP, kind)
		}
		return map[string]any{"Type": "Signature", "Rule": "OR(" + strings.Join(principals, ", ") + ")"}
	}
	return map[string]any{
		"Name": o.MSP, "ID": o.MSP, "MSPDir": filepath.Join(folder, o.MSP),
		"Policies": map[string]any{
			"Readers":     rule("member"),
			"Writers":     rule("member"),
			"Admins":      rule("admin"),
			"Endorsement": rule("peer"),
		},
	}
}

// majority asks more than half of the organisations with peers. Organisations
// without nodes have no say: another organisation keeps their keys, and would
// count twice.
func majority(t *topology.Topology, kind string) map[string]any {
	var principals []string
	for _, organisation := range t.Organisations {
		if len(organisation.Peers) > 0 {
			principals = append(principals, fmt.Sprintf("'%s.%s'", organisation.MSP, kind))
		}
	}
	rule := fmt.Sprintf("OutOf(%d, %s)", len(principals)/2+1, strings.Join(principals, ", "))
	return map[string]any{"Type": "Signature", "Rule": rule}
}

func metaPolicies() map[string]any {
	return map[string]any{
		"Readers": implicit("ANY Readers"),
		"Writers": implicit("ANY Writers"),
		"Admins":  implicit("MAJORITY Admins"),
	}
}

func implicit(rule string) map[string]any {
	return map[string]any{"Type": "ImplicitMeta", "Rule": rule}
}

func with(policies map[string]any, pairs ...any) map[string]any {
	for i := 0; i < len(pairs); i += 2 {
		policies[pairs[i].(string)] = pairs[i+1]
	}
	return policies
}
