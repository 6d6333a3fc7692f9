package ledgerclient

import "github.com/hyperledger/fabric-gateway/pkg/client"

// Network gives the channel as an identity sees it, for readers of its blocks. It
// lives as long as the Client.
func (c *Client) Network(as Identity) (*client.Network, error) {
	opened, err := c.gateway(as)
	if err != nil {
		return nil, err
	}
	return opened.GetNetwork(c.profile.Channel), nil
}
