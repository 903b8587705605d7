package secret_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/secret"
)

const (
	one = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	two = "f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
)

func keys(t testing.TB, texts ...string) *secret.Keys {
	t.Helper()
	k, err := secret.New(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// What is sealed comes back for its own place and key alone, and any change of it is seen.
func TestSeal(t *testing.T) {
	k, other := keys(t, one), keys(t, two)
	rapid.Check(t, func(t *rapid.T) {
		text, place := rapid.StringMatching(`(?s)[^s].*|`).Draw(t, "text"), rapid.String().Draw(t, "place")
		sealed, err := k.Seal(text, place)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 3 && strings.Contains(sealed, text) || !k.Current(sealed) || other.Current(sealed) {
			t.Fatal(sealed)
		}
		if back, err := k.Open(sealed, place); err != nil || back != text {
			t.Fatalf("%q, %v", back, err)
		}
		if _, err := k.Open(sealed, place+"x"); !errors.Is(err, secret.ErrSealed) {
			t.Fatalf("in another place: %v", err)
		}
		if _, err := other.Open(sealed, place); !errors.Is(err, secret.ErrKey) {
			t.Fatalf("with another key: %v", err)
		}
		i := rapid.IntRange(strings.LastIndex(sealed, ":")+1, len(sealed)-1).Draw(t, "where")
		changed := []byte(sealed)
		changed[i] = map[bool]byte{true: 'A', false: 'Q'}[changed[i] != 'A']
		if back, err := k.Open(string(changed), place); err == nil && (i < len(sealed)-1 || back != text) { // bits of the last letter may not count
			t.Fatalf("changed, and %q came back", back)
		}
		if again, _ := k.Seal(text, place); again == sealed {
			t.Fatal("the same text looks the same")
		}
	})
}

func TestSealedOnceIsEnough(t *testing.T) {
	k := keys(t, one)
	sealed, _ := k.Seal("text", "here")
	if again, err := k.Seal(sealed, "here"); err != nil || again != sealed {
		t.Errorf("%q, %v", again, err)
	}
	renewed, err := keys(t, two, one).Seal(sealed, "here")
	if err != nil || renewed == sealed {
		t.Errorf("%q, %v", renewed, err)
	}
	if back, err := keys(t, two).Open(renewed, "here"); err != nil || back != "text" {
		t.Errorf("%q, %v", back, err)
	}
}

func TestNoKeysLeaveClear(t *testing.T) {
	var none *secret.Keys
	if text, err := none.Seal("text", "here"); err != nil || text != "text" || !none.Current(text) {
		t.Errorf("%q, %v", text, err)
	}
	sealed, _ := keys(t, one).Seal("text", "here")
	if _, err := none.Open(sealed, "here"); !errors.Is(err, secret.ErrKey) {
		t.Error(err)
	}
}

func TestBadKeys(t *testing.T) {
	for _, text := range []string{"", "00", one[1:], one + "00", strings.Replace(one, "0", "g", 1)} {
		if _, err := secret.New(text); err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := secret.New(); err == nil {
		t.Error("no key is no error")
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	k, err := secret.File(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	running, err := secret.File(path) // another process
	if err != nil {
		t.Fatal(err)
	}
	sealed, _ := k.Seal("text", "here")
	if text, err := running.Open(sealed, "here"); err != nil || text != "text" {
		t.Errorf("%q, %v", text, err)
	}

	if err := secret.Add(path); err != nil {
		t.Fatal(err)
	}
	renewed, err := k.Seal(sealed, "here")
	if err != nil || renewed == sealed {
		t.Errorf("%q, %v", renewed, err)
	}
	if text, err := running.Open(renewed, "here"); err != nil || text != "text" { // it looks again
		t.Errorf("%q, %v", text, err)
	}

	if err := secret.Trim(path); err != nil {
		t.Fatal(err)
	}
	later, err := secret.File(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := later.Open(sealed, "here"); !errors.Is(err, secret.ErrKey) {
		t.Errorf("the old key is still there: %v", err)
	}
	if text, err := later.Open(renewed, "here"); err != nil || text != "text" {
		t.Errorf("%q, %v", text, err)
	}

	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.File(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("others may read it: %v", err)
	}
}
