package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/callback"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/secret"
	"github.com/simstead/simstead/internal/stream"
)

func secretsCommand(o *options) *cobra.Command {
	parent := &cobra.Command{
		Use: "secrets", Short: "The master key that credentials are sealed with",
		Long: `The master key that the credentials of data streams are sealed with. To replace it beside a running serve:
  simstead secrets rotate      makes a new key, which seals from now on, and seals everything with it
  simstead secrets forget      removes the keys before it, when nothing is sealed with them any more`,
	}
	parent.AddCommand(
		secretsStep(o, "rotate", "Make a new master key and seal everything with it; the old ones stay in the file", true, false),
		secretsStep(o, "seal", "Seal everything with the first master key, after it was put before the others by hand", false, false),
		secretsStep(o, "forget", "Seal everything with the newest master key and remove the others", false, true))
	return parent
}

func secretsStep(o *options, use, short string, add, trim bool) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := o.load(app.Defaults())
			if err != nil {
				return err
			}
			path := c.KeyFile()
			if path == "" && (add || trim) {
				return errors.New("the master keys are given by master_key: put a new one before the others, restart, and run: simstead secrets seal")
			}
			if _, err := app.Keys(c); err != nil { // makes the file when there is none
				return err
			}
			if add {
				if err := secret.Add(path); err != nil {
					return err
				}
			}
			return o.withStreams(cmd.Context(), func(d *db.DB, store stream.Store) error {
				sealed, unreadable, err := store.Seal(cmd.Context(), d)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "sealed the secrets of %d data streams\n", sealed)
				factors, lost, err := account.ResealKeys(cmd.Context(), d, store.Keys)
				if err != nil {
					return err
				}
				if factors > 0 {
					fmt.Fprintf(cmd.OutOrStdout(), "sealed %d second factors of users\n", factors)
				}
				signing, gone, err := callback.Reseal(cmd.Context(), d, store.Keys)
				if err != nil {
					return err
				}
				if signing > 0 {
					fmt.Fprintf(cmd.OutOrStdout(), "sealed %d API secrets\n", signing)
				}
				if lost+gone > 0 {
					return fmt.Errorf("%d second factors and %d API secrets are sealed with a key that is not there; no key was removed", lost, gone)
				}
				if unreadable > 0 {
					return fmt.Errorf("the secrets of %d data streams are sealed with a key that is not there; no key was removed", unreadable)
				}
				if trim {
					return secret.Trim(path)
				}
				return nil
			})
		},
	}
}
