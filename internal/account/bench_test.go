package account

import (
	"testing"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db/dbtest"
)

// BenchmarkAuthenticate is what every request pays; "unknown" is the first request of an auth token.
func BenchmarkAuthenticate(b *testing.B) {
	d := dbtest.SQLite(b, clock.System())
	at := clock.NewFake(time.Now())
	g, err := NewGuard(b.Context(), d, at.Clock())
	if err != nil {
		b.Fatal(err)
	}
	id, err := CreateOrganisation(b.Context(), d, at.Clock(), Organisation{Type: Operator, Name: "Mast"})
	if err != nil {
		b.Fatal(err)
	}
	text, err := CreateToken(b.Context(), d, at.Clock(), Owner{Organisation: id, Role: RoleUser}, NewToken{})
	if err != nil {
		b.Fatal(err)
	}
	bearer, err := g.Login(b.Context(), text, home)
	if err != nil {
		b.Fatal(err)
	}
	for name, before := range map[string]func(){
		"known":   func() {},
		"unknown": func() { g.verified = newRecent[[32]byte, claims](kept) },
		"stale":   func() { g.states = newRecent[tokenKey, state](kept) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				before()
				if _, err := g.Authenticate(b.Context(), bearer, home); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
