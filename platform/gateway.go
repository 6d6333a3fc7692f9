package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"dengji/gateway/service"
	"dengji/network/layout"
	"dengji/network/process"
	"dengji/network/profile"
)

// GatewayVariable names the environment variable that says where the gateway
// listens, host:port.
const GatewayVariable = "DENGJI_GATEWAY_ADDRESS"

// gatewayNode is the gateway's name among the processes of a home.
const gatewayNode = "gateway"

// Limits of starting and stopping the gateway.
const (
	gatewayStart = 60 * time.Second
	gatewayGrace = 40 * time.Second
	logEnd       = 4 << 10 // bytes of its log shown when it does not start
)

// gatewayAddress says where the gateway listens.
func gatewayAddress() string {
	if address := os.Getenv(GatewayVariable); address != "" {
		return address
	}
	return service.DefaultListen
}

// GatewayURL is the address under which the gateway of this machine answers.
func GatewayURL() string { return "http://" + gatewayAddress() }

// startGateway starts the gateway unless it runs, and waits until it is ready.
func startGateway(ctx context.Context, home string) error {
	if _, alive, err := gatewayProcess(home); err != nil || alive {
		return errors.Join(err, awaitGateway(ctx, home))
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("platform: own program: %w", err)
	}
	if _, err := process.Start(home, process.Specification{
		Name: gatewayNode, Executable: program, Arguments: []string{"gateway", "--listen", gatewayAddress()},
		Environment: []string{profile.HomeVariable + "=" + home}, Folder: home, Log: gatewayLog(home),
	}); err != nil {
		return fmt.Errorf("platform: gateway: %w", err)
	}
	return awaitGateway(ctx, home)
}

func gatewayLog(home string) string { return layout.Home(home).Log(gatewayNode) }

// gatewayProcess finds the gateway among the processes of a home.
func gatewayProcess(home string) (process.Running, bool, error) {
	running, err := process.List(home)
	if err != nil {
		return process.Running{}, false, fmt.Errorf("platform: %w", err)
	}
	found, alive := running[gatewayNode]
	return found, alive, nil
}

// awaitGateway waits until the gateway answers that it is ready. It gives up
// early when the process has ended.
func awaitGateway(ctx context.Context, home string) error {
	ctx, cancel := context.WithTimeout(ctx, gatewayStart)
	defer cancel()
	for {
		if gatewayReady(ctx) {
			return nil
		}
		if _, alive, err := gatewayProcess(home); err != nil || !alive {
			return errors.Join(fmt.Errorf("platform: the gateway has ended; the end of its log:\n%s", endOfLog(home)), err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("platform: the gateway is not ready after %s; the end of its log:\n%s", gatewayStart, endOfLog(home))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func gatewayReady(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, GatewayURL()+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close() //nolint:errcheck // only the status counts
	return response.StatusCode == http.StatusOK
}

func endOfLog(home string) string {
	file, err := os.Open(gatewayLog(home))
	if err != nil {
		return err.Error()
	}
	defer file.Close() //nolint:errcheck // read only
	if info, err := file.Stat(); err == nil && info.Size() > logEnd {
		if _, err := file.Seek(-logEnd, io.SeekEnd); err != nil {
			return err.Error()
		}
	}
	content, err := io.ReadAll(io.LimitReader(file, logEnd))
	if err != nil {
		return err.Error()
	}
	return string(content)
}

// stopGateway lets requests under way finish.
func stopGateway(ctx context.Context, home string) error {
	found, alive, err := gatewayProcess(home)
	if err != nil || !alive {
		return err
	}
	if err := process.Stop(ctx, home, found, gatewayGrace); err != nil {
		return fmt.Errorf("platform: gateway: %w", err)
	}
	return nil
}
