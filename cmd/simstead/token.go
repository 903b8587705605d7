package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/value"
)

func tokenCommand(o *options) *cobra.Command {
	parent := &cobra.Command{Use: "token", Short: "Application tokens"}
	var organisation, role int64
	var description, ip string
	var validFor time.Duration
	create := &cobra.Command{
		Use: "create", Short: "Create an application token and print it, once", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			n := account.NewToken{Description: value.Some(description)}
			if ip != "" {
				n.IP = value.Some(ip)
			}
			if validFor > 0 {
				n.ExpiryDate = value.Some(value.EntityTime(clock.System().Now().Add(validFor).UnixMicro()))
			}
			return o.withDatabase(cmd.Context(), func(d *db.DB) error {
				text, err := account.CreateToken(cmd.Context(), d, clock.System(), account.Owner{Organisation: organisation, Role: role}, n)
				if err == nil {
					fmt.Fprintln(cmd.OutOrStdout(), text)
				}
				return err
			})
		},
	}
	create.Flags().Int64Var(&organisation, "organisation", 1, "id of the organisation it is for")
	create.Flags().Int64Var(&role, "role", 1, "1 Administrator, 2 User, 3 Observer")
	create.Flags().StringVar(&description, "description", "made on the command line", "what it is for")
	create.Flags().StringVar(&ip, "ip", "", "address or network it is good from (default any)")
	create.Flags().DurationVar(&validFor, "valid-for", 0, "how long it is good, such as 720h (default for ever)")
	parent.AddCommand(create)
	return parent
}

func migrateCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "Bring the database schema up to date", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.withDatabase(cmd.Context(), func(d *db.DB) error {
				fmt.Fprintf(cmd.OutOrStdout(), "The %s schema is up to date.\n", d.Dialect())
				return nil
			})
		},
	}
}
