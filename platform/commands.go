package platform

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dengji/demo"
	"dengji/gateway/service"
	"dengji/network/launcher"
	"dengji/network/profile"
)

// Commands gives up, down, reset, status, logs and demo, the whole platform on one
// machine, and revocations.
func Commands() []*cobra.Command {
	return []*cobra.Command{
		upCommand(), downCommand(), resetCommand(),
		networkCommand("status", "Show every node and the gateway", showGateway),
		networkCommand("logs", "Show the end of a node's log, or the nodes that have one", nil),
		demoCommand(), revocationsCommand(),
	}
}

// networkCommand offers a sub-command of "network" on the top level, with the
// gateway's part before it.
func networkCommand(name, short string, before func(context.Context, *cobra.Command, string) error) *cobra.Command {
	for _, command := range launcher.Command(Found).Commands() {
		if command.Name() != name {
			continue
		}
		root := command.Parent()
		root.RemoveCommand(command)
		command.Short = short
		command.PersistentPreRun = root.PersistentPreRun
		command.Flags().AddFlagSet(root.PersistentFlags())
		if before != nil {
			command.PreRunE = func(c *cobra.Command, _ []string) error { return withHome(c, before) }
		}
		return command
	}
	panic("platform: no command network " + name)
}

func withHome(command *cobra.Command, do func(context.Context, *cobra.Command, string) error) error {
	home, err := homeOf(command)
	if err != nil {
		return err
	}
	return do(command.Context(), command, home)
}

// homeOf honours the flag --home where a command has it.
func homeOf(command *cobra.Command) (string, error) {
	if flag := command.Flags().Lookup("home"); flag != nil && flag.Value.String() != "" {
		return flag.Value.String(), nil
	}
	return profile.Home()
}

func upCommand() *cobra.Command {
	command := networkCommand("up", "Bring the network and the gateway up, or restart what died", nil)
	network := command.RunE
	command.RunE = func(c *cobra.Command, args []string) error {
		if err := network(c, args); err != nil {
			return err
		}
		return withHome(c, func(ctx context.Context, c *cobra.Command, home string) error {
			started := time.Now()
			if err := errors.Join(startGateway(ctx, home), keepRevocations(home)); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "gateway ready at %s (%.1fs)\n", GatewayURL(), time.Since(started).Seconds())
			return nil
		})
	}
	return command
}

func downCommand() *cobra.Command {
	return networkCommand("down", "End the gateway and the network; the ledger stays", endGateway)
}

// resetCommand removes, beside the network, what is useless without its ledger.
func resetCommand() *cobra.Command {
	command := networkCommand("reset", "Remove the ledger, the keys and the stored files", nil)
	network := command.RunE
	command.RunE = func(c *cobra.Command, args []string) error {
		if err := network(c, args); err != nil {
			return err
		}
		return withHome(c, func(_ context.Context, _ *cobra.Command, home string) error {
			return errors.Join(os.RemoveAll(filepath.Join(home, service.Folder)), os.RemoveAll(filepath.Join(home, demo.Folder)))
		})
	}
	return command
}

func endGateway(ctx context.Context, _ *cobra.Command, home string) error {
	return stopGateway(ctx, home)
}

func showGateway(ctx context.Context, command *cobra.Command, home string) error {
	if asJSON, _ := command.Flags().GetBool("json"); asJSON {
		return nil
	}
	found, alive, err := gatewayProcess(home)
	if err != nil {
		return err
	}
	health := "stopped"
	switch {
	case alive && gatewayReady(ctx):
		health = fmt.Sprintf("serving, pid %d", found.PID)
	case alive:
		health = fmt.Sprintf("not ready, pid %d", found.PID)
	}
	fmt.Fprintf(command.OutOrStdout(), "gateway %s: %s\n", GatewayURL(), health)
	return nil
}

func demoCommand() *cobra.Command {
	var lang string
	var chapters []string
	up := upCommand()
	up.Use, up.Short = "demo", "Tell the story of registrations on the running network"
	network := up.RunE
	up.RunE = func(c *cobra.Command, args []string) error {
		if err := network(c, args); err != nil {
			return err
		}
		return withHome(c, func(ctx context.Context, c *cobra.Command, home string) error {
			story, err := demo.NewStory(demo.NewNarrator(c.OutOrStdout(), lang), home, GatewayURL())
			if err != nil {
				return err
			}
			return errors.Join(story.Tell(ctx, chapters...), story.Close(GatewayURL()))
		})
	}
	up.Flags().StringVar(&lang, "lang", languageOf(os.Getenv("LANG")), "language of the story: zh or en")
	up.Flags().StringArrayVar(&chapters, "chapter", nil, "tell this chapter, repeatable; all where absent: "+strings.Join(demo.Chapters(), ", "))
	return up
}

// languageOf picks Chinese for a Chinese locale.
func languageOf(locale string) string {
	if strings.HasPrefix(locale, "zh") {
		return "zh"
	}
	return "en"
}
