package service

import (
	"fmt"
	"os"
	"strings"
	"time"

	"dengji/chaincode/ledger"
	"dengji/gateway/api"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/federation"
)

// CityLoginSecretVariable holds the secret of the gateway at the city's unified
// login.
const CityLoginSecretVariable = "DENGJI_OIDC_SECRET"

// cityLoginReturn is the page to which it sends visitors back.
const cityLoginReturn = "/login/city/return"

// CityLogin says which unified login people may use beside their passwords. Without
// an Issuer there is none.
type CityLogin struct {
	Issuer   string // https in production
	ClientID string
	Name     ledger.Text // default 市统一身份认证
}

func (c CityLogin) provider(settings Settings, sealer sealing.Sealer, mode ledger.Mode) (api.Federation, error) {
	if c.Issuer == "" {
		return nil, nil
	}
	if mode == ledger.ModeProduction && !strings.HasPrefix(c.Issuer, "https://") {
		return nil, fmt.Errorf("service: the unified login's address %q is not one of https", c.Issuer)
	}
	if c.Name == (ledger.Text{}) {
		c.Name = ledger.Text{ZH: "市统一身份认证", EN: "the city's unified login"}
	}
	return federation.New(federation.Settings{Issuer: c.Issuer, ClientID: c.ClientID, Secret: os.Getenv(CityLoginSecretVariable),
		Return: settings.Public + cityLoginReturn, Name: c.Name}, sealer, time.Now, nil)
}
