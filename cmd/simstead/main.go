// Command simstead is the platform and its tools.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // billing months end in the organisation's time zone, also where the system has no zones

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/stream"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	commands := root()
	err := misspelt(commands, os.Args[1:])
	if err == nil {
		err = commands.ExecuteContext(ctx)
	}
	stop()
	if err != nil {
		status := 1
		var e exit
		if errors.As(err, &e) {
			status, err = e.status, e.err
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "simstead:", err)
		}
		os.Exit(status)
	}
}

// misspelt is the error of a word that is no command, below one that does nothing by itself. Cobra would show that one's help
// and say that all went well, to a script as well.
func misspelt(commands *cobra.Command, args []string) error {
	at, rest, err := commands.Find(args)
	if err != nil || at == commands || at.Runnable() || at.ParseFlags(rest) != nil {
		return nil // cobra tells what is wrong, if anything is
	}
	words := at.Flags().Args()
	if len(words) == 0 {
		return nil
	}
	return fmt.Errorf("%s knows no command %q: %s --help lists them", at.CommandPath(), words[0], at.CommandPath())
}

// exit is an error of a command that ends with a status of its own. A nil err was told already.
type exit struct {
	status int
	err    error
}

func (e exit) Error() string { return fmt.Sprintf("status %d: %v", e.status, e.err) }

func (e exit) Unwrap() error { return e.err }

// options are the flags that every command knows.
type options struct{ config string }

func root() *cobra.Command {
	o := &options{}
	c := &cobra.Command{
		Use: "simstead", Short: "Self-hosted IoT connectivity management", Version: app.Version,
		SilenceUsage: true, SilenceErrors: true,
	}
	c.AddCommand(billingCommand(o))
	c.PersistentFlags().StringVar(&o.config, "config", "", "configuration file (default simstead.yaml in the working directory, when there is one)")
	c.AddCommand(serveCommand(o), demoCommand(o), simulateCommand(), tokenCommand(o), migrateCommand(o), rejectCommand(o), provisionCommand(o),
		doctorCommand(o), streamsCommand(o), secretsCommand(o), importCommand(o), apiCommand())
	return c
}

// load reads the configuration over the given defaults.
func (o *options) load(base app.Config) (app.Config, *slog.Logger, error) {
	c, err := app.Load(base, o.config, os.Environ())
	if err != nil {
		return c, nil, err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return c, nil, fmt.Errorf("configuration: log_level: %w", err)
	}
	return c, slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level})), nil
}

// withDatabase runs a tool on the configured database, up to date.
func (o *options) withDatabase(ctx context.Context, run func(d *db.DB) error) error {
	c, log, err := o.load(app.Defaults())
	if err != nil {
		return err
	}
	d, err := app.Open(ctx, c, clock.System(), log)
	if err != nil {
		return err
	}
	return errors.Join(run(d), d.Close())
}

// withStreams runs a tool that reads or writes data streams.
func (o *options) withStreams(ctx context.Context, run func(d *db.DB, store stream.Store) error) error {
	c, _, err := o.load(app.Defaults())
	if err != nil {
		return err
	}
	keys, err := app.Keys(c)
	if err != nil {
		return err
	}
	return o.withDatabase(ctx, func(d *db.DB) error { return run(d, stream.Store{Keys: keys}) })
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
