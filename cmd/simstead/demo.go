package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/demo"
)

func demoCommand(o *options) *cobra.Command {
	d := demo.Options{}
	c := &cobra.Command{
		Use: "demo", Short: "Run the platform with demo organisations, fleets and a simulated packet core", Args: cobra.NoArgs,
		Long: `Run the platform with an operator, a reseller, two enterprises and their fleets, a packet core that speaks real
RADIUS over loopback, and a receiver of the data streams. The data stays in the data directory; a second start goes on
with it.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, log, err := o.load(demo.Defaults())
			if err != nil {
				return err
			}
			d.Out, d.Terminal = os.Stdout, isTerminal(os.Stdout)
			return demo.Run(cmd.Context(), config, d, log)
		},
	}
	c.Flags().BoolVar(&d.Simulate, "simulate", true, "let the simulated packet core run; false leaves the network to you")
	c.Flags().StringVar(&d.TokenFile, "token-file", "", "write the application token of the first enterprise's administrator to this file")
	c.Flags().StringVar(&d.OperatorTokenFile, "operator-token-file", "", "write the operator's application token to this file")
	return c
}
