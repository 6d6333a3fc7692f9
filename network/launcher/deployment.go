package launcher

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"dengji/chaincode/ledger"
	"dengji/network/authority"
	"dengji/network/layout"
	"dengji/network/lifecycle"
	"dengji/network/process"
	"dengji/network/topology"
)

// ChaincodeVariable names the chaincode program where it does not lie beside this
// one.
const ChaincodeVariable = "DENGJI_CHAINCODE_BINARY"

// NoopChaincode is the name of the no-op chaincode that measurements compare with.
const NoopChaincode = "noop"

const chaincodeProgram = "dengji-chaincode"

// deployment is one version of the chaincode program, with the chaincodes that it
// serves. Sequence is Fabric's and counts definitions.
type deployment struct {
	Digest   string      `json:"digest"` // of the program; also the version
	Sequence int64       `json:"sequence"`
	Next     *deployment `json:"next,omitempty"` // an upgrade under way
}

// chaincode is one chaincode of a deployment.
type chaincode struct {
	name string
	pack lifecycle.Package
	port int // offset from a peer's chaincode port
}

// chaincodes gives the chaincodes of a deployment. Two versions take turns on
// the ports, so that the next one can start beside the present one.
func (n *Network) chaincodes(d deployment) ([]chaincode, error) {
	names := []string{ledger.ChaincodeName}
	if n.topology.Chaincode.Noop {
		names = append(names, NoopChaincode)
	}
	turn := int(d.Sequence % 2)
	var all []chaincode
	for i, name := range names {
		pack, err := lifecycle.NewPackage(fmt.Sprintf("%s_%s_%d", name, d.Digest, d.Sequence))
		if err != nil {
			return nil, err
		}
		all = append(all, chaincode{name: name, pack: pack, port: 2*i + turn})
	}
	return all, nil
}

func (n *Network) readDeployment() (deployment, error) {
	content, err := os.ReadFile(n.home.Deployment())
	if errors.Is(err, os.ErrNotExist) {
		return deployment{}, nil
	}
	if err != nil {
		return deployment{}, fmt.Errorf("launcher: %w", err)
	}
	var d deployment
	if err := json.Unmarshal(content, &d); err != nil {
		return deployment{}, fmt.Errorf("launcher: %s: %w", n.home.Deployment(), err)
	}
	return d, nil
}

func (n *Network) saveDeployment(d deployment) error {
	content, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("launcher: %w", err)
	}
	return layout.Write(n.home.Deployment(), content, 0o600)
}

// keepProgram copies the chaincode program into the home under its digest, so
// that what runs is what was approved, whatever is built meanwhile.
func (n *Network) keepProgram() (digest string, err error) {
	path, err := n.findProgram()
	if err != nil {
		return "", err
	}
	digest, content, err := digestOf(path)
	if err != nil {
		return "", err
	}
	kept := n.program(digest)
	if layout.Exists(kept) {
		return digest, nil
	}
	return digest, layout.Write(kept, content, 0o700)
}

func digestOf(path string) (digest string, content []byte, err error) {
	content, err = os.ReadFile(path)
	if err != nil {
		return "", nil, fmt.Errorf("launcher: %w", err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])[:16], content, nil
}

// hintUpgrade says when the chaincode that was built last is not the one in force.
func (n *Network) hintUpgrade() error {
	present, err := n.readDeployment()
	if err != nil || present.Sequence == 0 {
		return err
	}
	path, err := n.findProgram()
	if err != nil {
		return nil //nolint:nilerr // the kept copy runs; there is nothing newer to point at
	}
	digest, _, err := digestOf(path)
	if err == nil && digest != present.Digest {
		n.progress.line("note: the chaincode in force is %s, %s was built since; put it in force with: dengji network upgrade", present.Digest, digest)
	}
	return err
}

func (n *Network) program(digest string) string {
	return filepath.Join(n.home.Chaincode(digest), chaincodeProgram)
}

func (n *Network) findProgram() (string, error) {
	candidates := []string{n.options.ChaincodeBinary, os.Getenv(ChaincodeVariable)}
	if self, err := os.Executable(); err == nil {
		candidates = append(candidates, filepath.Join(filepath.Dir(self), chaincodeProgram))
	}
	for _, candidate := range candidates {
		if candidate != "" && layout.Exists(candidate) {
			return candidate, nil
		}
	}
	if path, err := exec.LookPath(chaincodeProgram); err == nil {
		return path, nil
	}
	return "", fmt.Errorf("the program %s is neither beside this one nor on the PATH; build it, or name it with %s", chaincodeProgram, ChaincodeVariable)
}

// chaincodeNodes gives the chaincode process of each of our endorsing peers.
func (n *Network) chaincodeNodes(d deployment) ([]Node, error) {
	if d.Sequence == 0 {
		return nil, nil
	}
	all, err := n.chaincodes(d)
	if err != nil {
		return nil, err
	}
	var nodes []Node
	for _, o := range n.kept() {
		for _, peer := range o.Peers {
			if peer.ChaincodePort != 0 && n.onThisHost(peer.Host) {
				nodes = append(nodes, n.chaincodeNode(o, peer, d, all))
			}
		}
	}
	return nodes, nil
}

func (n *Network) chaincodeNode(o topology.Organisation, peer topology.Peer, d deployment, all []chaincode) Node {
	name := peer.Name + chaincodeSuffix(d)
	folder := n.home.Node(o.Name, chaincodeIdentity(peer))
	environment := []string{
		"DENGJI_CHAINCODE_TLS_CERT=" + filepath.Join(folder, authority.TLSCertificate),
		"DENGJI_CHAINCODE_TLS_KEY=" + filepath.Join(folder, authority.TLSKey),
		"DENGJI_CHAINCODE_TLS_CLIENT_CA=" + n.home.TLSRoot(o.Name),
		"GOMEMLIMIT=200MiB",
	}
	var listens []string
	for _, c := range all {
		address := n.topology.Endpoint(peer.Host, peer.ChaincodePort+c.port)
		prefix := "DENGJI_CHAINCODE"
		if c.name == NoopChaincode {
			prefix = "DENGJI_NOOP"
		}
		environment = append(environment, prefix+"_ID="+c.pack.ID, prefix+"_ADDRESS="+address)
		listens = append(listens, address)
	}
	return Node{
		Name: name, Organisation: o.Name, Kind: KindChaincode, Endpoint: listens[0], listens: listens,
		specification: process.Specification{
			Name: name, Executable: n.program(d.Digest), Environment: environment, Folder: folder, Log: n.home.Log(name),
		},
		health: func(ctx context.Context) error { return dialPlain(ctx, listens[0]) },
	}
}

// chaincodeSuffix is what the names of a deployment's processes end in.
func chaincodeSuffix(d deployment) string {
	return "-chaincode-" + strconv.FormatInt(d.Sequence, 10)
}

// writeConnections tells our endorsing peers where the processes of a deployment
// listen.
func (n *Network) writeConnections(d deployment) error {
	all, err := n.chaincodes(d)
	if err != nil {
		return err
	}
	for _, o := range n.kept() {
		for _, peer := range o.Peers {
			if peer.ChaincodePort == 0 {
				continue
			}
			place := n.place(o, peer.Name, peer.Host)
			for _, c := range all {
				err := lifecycle.WriteConnection(place.Connections(), c.pack.Label,
					n.topology.Endpoint(peer.Host, peer.ChaincodePort+c.port),
					filepath.Join(place.Folder, authority.TLSCertificate), filepath.Join(place.Folder, authority.TLSKey), place.TLSRoot)
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}
