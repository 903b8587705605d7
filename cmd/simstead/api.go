package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/app"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/console"
)

// apiFlags are the flags that every API command knows.
type apiFlags struct {
	profile, server, tokenFile, data string
	all                              bool
}

// apiCommand calls the REST API of a server. Its commands are made from the operations that this program serves, and only
// when they are asked for: there are hundreds.
func apiCommand() *cobra.Command {
	f := &apiFlags{}
	parent := &cobra.Command{
		Use: "api", Short: "Call the REST API of a server",
		Long: `Call the REST API of a server: simstead api endpoint list --q name:crane. Each operation is a command: the words of its
path, what is done, and the ids of the path. Say once who you are: simstead api profile set NAME --server URL --token-file FILE.`,
	}
	parent.PersistentFlags().StringVar(&f.profile, "profile", "", "the profile to use (default the one that profile use named, or the first one made)")
	parent.PersistentFlags().StringVar(&f.server, "server", "", "address of the server, such as https://sim.example, in place of a profile's")
	parent.PersistentFlags().StringVar(&f.tokenFile, "token-file", "", "file with the application token, in place of a profile's")
	_ = parent.RegisterFlagCompletionFunc("profile", func(cmd *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return completeProfile(cmd, nil, begun)
	}) // fails only for a flag that is not there, as below
	parent.AddCommand(profileCommand(f))
	if !slices.Contains(os.Args, "api") {
		return parent
	}
	commands, err := console.Commands(app.Document())
	if err != nil {
		parent.RunE = func(*cobra.Command, []string) error { return err }
		return parent
	}
	for _, c := range commands {
		addOperation(parent, c, f)
	}
	return parent
}

// addOperation hangs an operation below its words.
func addOperation(at *cobra.Command, c *console.Command, f *apiFlags) {
	words := c.Words
	if c.Verb != "" {
		words = append(slices.Clone(words), c.Verb)
	}
	for i, word := range words {
		below := child(at, word)
		if below == nil {
			below = &cobra.Command{Use: word, Short: strings.Join(words[:i+1], " ")}
			at.AddCommand(below)
		}
		at = below
	}
	at.Use = words[len(words)-1]
	for _, arg := range c.Args {
		at.Use += " " + strings.ToUpper(arg)
	}
	at.Short, at.Long = c.Summary, c.Summary+"\n\n"+c.Method+" "+c.Path
	at.Args, at.ValidArgsFunction = cobra.ExactArgs(len(c.Args)), cobra.NoFileCompletions
	for _, field := range append(slices.Clone(c.Query), c.Fields...) {
		if at.Flags().Lookup(field.Name) == nil {
			at.Flags().String(field.Name, "", describe(field))
			_ = at.RegisterFlagCompletionFunc(field.Name, cobra.FixedCompletions(valuesOf(field), cobra.ShellCompDirectiveNoFileComp))
		}
	}
	if c.Body {
		at.Flags().StringVar(&f.data, "data", "", "the body as JSON; @FILE reads a file, @- the standard input")
	}
	if c.Paged {
		at.Flags().BoolVar(&f.all, "all", false, "read every page")
	}
	at.RunE = func(cmd *cobra.Command, args []string) error { return f.call(cmd, c, args) }
}

func child(of *cobra.Command, word string) *cobra.Command {
	for _, c := range of.Commands() {
		if c.Name() == word {
			return c
		}
	}
	return nil
}

// valuesOf lists what a field can be, where that is little.
func valuesOf(field console.Field) []cobra.Completion {
	if field.Type == "boolean" {
		return []cobra.Completion{"true", "false"}
	}
	return nil
}

func describe(field console.Field) string {
	text := field.Doc
	if field.Type != "" && field.Type != "string" {
		text = strings.TrimSpace(text + " (" + field.Type + ")")
	}
	return text
}

func (f *apiFlags) call(cmd *cobra.Command, c *console.Command, args []string) error {
	client, err := f.client()
	if err != nil {
		return err
	}
	query := url.Values{}
	for _, field := range c.Query {
		if flag := cmd.Flags().Lookup(field.Name); flag.Changed {
			query.Set(field.Name, flag.Value.String())
		}
	}
	fields := map[string]string{}
	for _, field := range c.Fields {
		if flag := cmd.Flags().Lookup(field.Name); flag.Changed {
			fields[field.Name] = flag.Value.String()
		}
	}
	whole, err := readData(f.data, cmd.InOrStdin())
	if err != nil {
		return err
	}
	body, err := c.Make(whole, fields)
	if err != nil {
		return err
	}
	return client.Call(cmd.Context(), c, args, query, body, f.all, cmd.OutOrStdout())
}

// readData reads the flag --data.
func readData(text string, in io.Reader) ([]byte, error) {
	name, isFile := strings.CutPrefix(text, "@")
	switch {
	case !isFile:
		return []byte(text), nil
	case name == "-":
		return io.ReadAll(in)
	default:
		return os.ReadFile(name)
	}
}

// client is who calls: a profile, or what the flags say in its place.
func (f *apiFlags) client() (*console.Client, error) {
	client := &console.Client{Clock: clock.System()}
	if f.server != "" {
		client.Profile = &console.Profile{URL: f.server}
		if f.tokenFile == "" {
			return client, nil
		}
		token, err := os.ReadFile(f.tokenFile)
		client.Profile.Token = strings.TrimSpace(string(token))
		return client, err
	}
	if f.tokenFile != "" {
		return nil, errors.New("--token-file needs --server beside it")
	}
	path, err := console.ProfilePath()
	if err != nil {
		return nil, err
	}
	profiles, err := console.OpenProfiles(path)
	if err != nil {
		return nil, err
	}
	client.Renewed = profiles.Save
	if client.Profile, err = profiles.Get(f.profile); err != nil {
		return nil, fmt.Errorf("%w; or name --server and --token-file", err)
	}
	return client, nil
}
