package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/simstead/simstead/internal/console"
)

// profileCommand keeps the servers and application tokens of the API commands.
func profileCommand(f *apiFlags) *cobra.Command {
	parent := &cobra.Command{Use: "profile", Short: "The servers that API commands call, and with which token"}
	change := func(use, short string, do func(p *console.Profiles, name string) error) {
		parent.AddCommand(&cobra.Command{
			Use: use + " NAME", Short: short, Args: cobra.ExactArgs(1), ValidArgsFunction: completeProfile,
			RunE: func(_ *cobra.Command, args []string) error {
				p, err := openProfiles()
				if err == nil {
					err = do(p, args[0])
				}
				if err == nil {
					err = p.Save()
				}
				return err
			},
		})
	}
	change("set", "Make or change a profile: --server URL --token-file FILE", func(p *console.Profiles, name string) error {
		return f.setProfile(p, name)
	})
	change("use", "Make a profile the default", func(p *console.Profiles, name string) error {
		_, err := p.Get(name)
		p.Default = name
		return err
	})
	change("delete", "Forget a profile", func(p *console.Profiles, name string) error {
		_, err := p.Get(name)
		delete(p.All, name)
		if p.Default == name {
			p.Default = ""
		}
		return err
	})
	parent.AddCommand(&cobra.Command{
		Use: "list", Short: "List the profiles; * is the default", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := openProfiles()
			if err != nil {
				return err
			}
			for _, name := range slices.Sorted(maps.Keys(p.All)) {
				mark := " "
				if name == p.Default {
					mark = "*"
				}
				fmt.Fprintln(cmd.OutOrStdout(), mark, name, p.All[name].URL)
			}
			return nil
		},
	})
	return parent
}

// completeProfile completes the name of a profile.
func completeProfile(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	p, err := openProfiles()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return slices.Sorted(maps.Keys(p.All)), cobra.ShellCompDirectiveNoFileComp
}

func openProfiles() (*console.Profiles, error) {
	path, err := console.ProfilePath()
	if err != nil {
		return nil, err
	}
	return console.OpenProfiles(path)
}

// setProfile changes what the flags name; a new profile needs both.
func (f *apiFlags) setProfile(p *console.Profiles, name string) error {
	one := &console.Profile{}
	if old, ok := p.All[name]; ok {
		one = old
	} else if f.server == "" || f.tokenFile == "" {
		return errors.New("a new profile needs --server and --token-file")
	}
	if f.server != "" {
		one.URL = f.server
	}
	if f.tokenFile != "" {
		token, err := os.ReadFile(f.tokenFile)
		if err != nil {
			return err
		}
		one.Token = strings.TrimSpace(string(token))
	}
	one.Bearer, one.Expires = "", 0
	p.All[name] = one
	if p.Default == "" {
		p.Default = name
	}
	return nil
}
